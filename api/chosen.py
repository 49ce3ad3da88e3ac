"""What settings name, read or made: plant, model, embedder.

A part of `wiring.py`, which alone uses it; nothing here is started or reaches a plant. It must
never hold a law.
"""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from pydantic import SecretStr, ValidationError

from agents.budget import Prices
from agents.model import ModelSettings, open_model
from api.plant_file import read_plant
from api.settings import Settings
from knowledge.embeddings import Embedder
from twin_core.errors import BadInput, UnknownName
from twin_core.plant.assets import Plant
from twin_core.plant.source import Source

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


def chosen_plant(settings: Settings, usable: Callable[[Plant], None]) -> Plant:
    """The plant of the file that settings name, its sources where settings say they are.

    Raises:
        BadInput: no file, or one that cannot be used.
        UnknownName: a source that the plant has not.
    """
    if settings.plant is None:
        raise BadInput("No plant file: give --plant, OPSTWIN_PLANT or `plant` in opstwin.toml.")
    plant = read_plant(settings.plant, usable)
    known = {source.id for source in plant.sources}
    for name in settings.sources:
        if name not in known:
            raise UnknownName("source", name, sorted(known))
    moved = tuple(_moved(source, settings.sources) for source in plant.sources)
    return plant.model_copy(update={"sources": moved})


def chosen_model(settings: Settings) -> "BaseChatModel | None":
    """The language model that settings name; None is the offline operator.

    Raises:
        BadInput: a key, and no model.
    """
    if settings.model == "offline" or (
        settings.openai_api_key is None and settings.openai_base_url is None
    ):
        return None
    if settings.model is None:
        raise BadInput("OPENAI_API_KEY is given but no model: set OPSTWIN_MODEL.")
    return open_model(
        ModelSettings(
            name=settings.model,
            key=settings.openai_api_key or SecretStr("none"),
            base_url=settings.openai_base_url,
        )
    )


def chosen_prices(settings: Settings) -> Prices | None:
    """What the model's endpoint takes; None = it is not known.

    Raises:
        BadInput: a price of reading or of writing alone, or a bound that needs them.
    """
    read, written = settings.price_read, settings.price_written
    if read is not None and written is not None:
        cached = read if settings.price_cached is None else settings.price_cached
        return Prices(read=read, cached=cached, written=written, currency=settings.price_currency)
    if (read, written, settings.price_cached, settings.most_cost) != (None,) * 4:
        raise BadInput("The cost of an answer needs price_read and price_written, both.")
    return None


def chosen_embedder(settings: Settings) -> Embedder | None:
    """The embedding model that settings name; None is the one that comes with us.

    Raises:
        BadInput: a model at no address.
    """
    if settings.embeddings is None:
        return None
    url = settings.embeddings_url or settings.openai_base_url
    if not re.fullmatch(r"https?://\S+", url or ""):
        raise BadInput(
            f"embeddings: {settings.embeddings} is at no address: set OPSTWIN_EMBEDDINGS_URL; "
            "allowed: http://HOST/v1 or https://HOST/v1."
        )
    from knowledge.endpoint import EndpointEmbedder

    key = settings.embeddings_key or (None if settings.embeddings_url else settings.openai_api_key)
    return EndpointEmbedder(settings.embeddings, url or "", key.get_secret_value() if key else "")


def _moved(source: Source, urls: Mapping[str, str]) -> Source:
    if source.id not in urls:
        return source
    try:
        return Source.model_validate({**source.model_dump(), "url": urls[source.id]})
    except ValidationError as problem:
        shown = re.sub(r"//.*@", "//…@", urls[source.id])
        raise BadInput(
            f"Source {source.id}: “{shown}” is no address; "
            "allowed: protocol://HOST or protocol://HOST:PORT."
        ) from problem
