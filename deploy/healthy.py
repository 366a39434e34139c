"""Asks the Sayso of this container whether it is alive: exit 0 if `/healthz` answers 200, else 1 and why."""

import http.client
import os
import sys


def asked_at(listen: str) -> tuple[str, int]:
    """Where to ask a server that listens there; one that listens everywhere is asked at home."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port)  # noqa: S104


def why_not(listen: str) -> str:
    """'' if it is alive."""
    host, port = asked_at(listen)
    connection = http.client.HTTPConnection(host, port, timeout=4)  # not urllib: that would go through a proxy
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"/healthz does not answer: {error}"
    finally:
        connection.close()
    return "" if status == http.HTTPStatus.OK else f"/healthz answers {status}"


if __name__ == "__main__":
    sys.exit(why_not(os.environ.get("SAYSO_LISTEN", "127.0.0.1:8080")) or None)
