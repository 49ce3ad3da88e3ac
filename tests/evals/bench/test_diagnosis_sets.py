"""Sets of others: what is not there is said to be, and the plain detector is fitted on training."""

import json

import numpy as np

from evals.bench import diagnosis_sets
from evals.bench.plain_pca import PlainPCA
from evals.datasets import petshop


def test_a_set_that_is_not_there_is_not_measured(tmp_path):
    """Neither met nor missed, with the reason."""
    for folder in (None, tmp_path):
        found = list(diagnosis_sets.rows(folder, quick=True))
        assert len(found) == 4
        assert all(r.value is None and r.met is None and r.why for r in found)


def test_the_plain_detector_flags_what_lies_outside_its_training():
    """About as many training rows as its quantile says, and a row far off."""
    rows = np.random.default_rng(1).normal(size=(1000, 5))
    pca = PlainPCA(rows, 0.99)
    assert 0.005 < pca.flags(rows).mean() < 0.03
    assert pca.flags(np.full((1, 5), 9.0)).all()


def test_a_shop_is_read_with_the_columns_of_its_healthy_hours(tmp_path):
    """An issue's columns are put where the healthy table has them; what it lacks is missing."""
    here = tmp_path / "petshop" / "dataset" / "low_traffic"
    issue = here / "test" / "issue_0"
    issue.mkdir(parents=True)
    (here / "noissue").mkdir()
    head = "microservice,{0}\nmetric,{1}\nstatistic,{2}\nunix_timestamp,,\n"
    (here / "noissue" / "metrics.csv").write_text(
        head.format("a,b", "latency,latency", "p50,p50") + "1.0,0.5,\n2.0,0.6,0.1\n"
    )
    (issue / "metrics.csv").write_text(
        head.format("b,z", "latency,latency", "p50,p50") + "3.0,0.9,7.0\n"
    )
    told = {"target": {"node": "a", "metric": "latency"}, "root_cause": {"node": "b"}}
    (issue / "target.json").write_text(json.dumps(told))
    (here / "graph.csv").write_text(",a,b\na,0.0,1.0\nb,0.0,0.0\n")
    shop = petshop.read(tmp_path)
    assert shop is not None
    assert shop.calls == [("a", "b")]
    assert shop.healthy.shape == (2, 2)
    assert np.isnan(shop.healthy[0, 1])
    (only,) = shop.issues
    assert (only.target, only.root, only.metric) == ("a", "b", "latency")
    assert np.isnan(only.value[0, 0])
    assert only.value[0, 1] == 0.9
