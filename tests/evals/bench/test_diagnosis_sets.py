"""Sets of others: what is not there is said to be, and the plain detector is fitted on training."""

import json

import numpy as np

from evals.bench import diagnosis_origins, diagnosis_sets
from evals.bench.plain_pca import PlainPCA
from evals.datasets import gripping, petshop


def test_a_set_that_is_not_there_is_not_measured(tmp_path):
    """Neither met nor missed, with the reason."""
    for folder in (None, tmp_path):
        found = list(diagnosis_sets.rows(folder, quick=True))
        assert len(found) == 4
        assert all(r.value is None and r.met is None and r.why for r in found)


def test_a_limit_of_complaint_lets_no_more_healthy_windows_pass_than_the_notebook():
    """Whatever the healthy rows are like."""
    for seed in range(20):
        away = np.random.default_rng(seed).standard_t(2, size=300)
        size = np.abs(away)
        most = np.array([size[k + 2 : k + 5].max() for k in range(296)])
        beyond = diagnosis_origins._complained(away)
        assert (most > beyond).sum() <= (most > 5.0).sum()


def test_a_cell_is_read_with_its_graph_or_not_at_all(tmp_path):
    """Without the graph there is no cell; with it, edges have the names of its nodes."""
    here = tmp_path / "gripping_rca"
    (here / "datasets").mkdir(parents=True)
    for name in ("normal", "rootcause_PlateNotInPosition"):
        (here / "datasets" / f"dataset_{name}.csv").write_text("x (m),y (W)\n0.0,1\n1.0,2\n")
    assert gripping.read(tmp_path) is None
    (tmp_path / gripping.GRAPH).parent.mkdir()
    (tmp_path / gripping.GRAPH).write_text("h,x (m),y (W)\n0,1,0\n0,0,1\n0,0,0\n")
    (tmp_path / gripping.CANDIDATES).write_text("h\n")
    cell = gripping.read(tmp_path)
    assert cell is not None
    assert cell.edges == [("h", "x (m)"), ("x (m)", "y (W)")]
    assert cell.candidates == ["h"]


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
