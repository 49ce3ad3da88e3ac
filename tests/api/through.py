"""The command line on an application in this process, as one of its users."""

from typer.testing import CliRunner

from api import cli, client
from twin_core.errors import OpsTwinError


def through(door, monkeypatch, user="olga"):
    """What runs a command at a door with `http` and `tokens`, and returns what it printed."""
    headers = {"Authorization": f"Bearer {door.tokens[user]}"}

    class Through:
        def __init__(self, _url):
            pass

        def get(self, path, **query):
            return self._read(door.http.get(path, params=query, headers=headers))

        def post(self, path, body):
            return self._read(door.http.post(path, json=body, headers=headers))

        def zone(self):
            return door.system.plant.timezone

        def _read(self, response):
            if response.status_code >= 400:
                raise OpsTwinError(response.json()["message"])
            return response.json()

    monkeypatch.setattr(client, "Client", Through)

    def run(*words):
        done = CliRunner().invoke(cli.app, list(words))
        return done.output if done.exception is None else str(done.exception)

    return run
