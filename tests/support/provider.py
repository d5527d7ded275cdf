"""The stand-in provider as a process of its own, and its control by tests."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from chatsite.environment import BASE_DIR

KEY = {"Authorization": "Bearer x"}


def _is_upload(request: dict[str, Any]) -> bool:
    return bool(request["path"] == "/v1/files")


class Provider:
    """A running stand-in. `base_url` is for the SDK."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._http = httpx2.Client(base_url=base_url.removesuffix("/v1"), timeout=60)

    def script(self, **script: Any) -> None:
        """Add a script: see standin/README.md."""
        self._http.post("/_script", json=script).raise_for_status()

    def release(self, name: str) -> None:
        """Release the answers that wait for this name."""
        self._http.post(f"/_script/release/{name}").raise_for_status()

    def container(self, container_id: str, *files: dict[str, Any], expired: bool = False) -> None:
        """Put files into a container of the code interpreter, or let it expire."""
        body = {"files": files, "expired": expired}
        self._http.post(f"/_script/containers/{container_id}", json=body).raise_for_status()

    def expire_store(self, store_id: str) -> None:
        """Let a vector store expire."""
        self._http.post(f"/_script/vector_stores/{store_id}", json={"expired": True}).raise_for_status()

    def requests(self, **query: int) -> list[dict[str, Any]]:
        """Return the API's requests, newest last.

        `settled=3` waits until three of them have ended, `gone=1` until one client has disconnected.
        """
        answer: Any = self._http.get("/_script/requests", params=query).json()
        return answer["requests"] if isinstance(answer, dict) else answer

    def bodies(self) -> list[dict[str, Any]]:
        """Return the bodies of the requests to create a response, newest last."""
        return [
            request["body"] for request in self.requests() if request["method"] == "POST" and not _is_upload(request)
        ]

    def uploads(self) -> list[dict[str, Any]]:
        """Return what came with the uploaded files: their names, purposes and expiries."""
        return [request["body"] for request in self.requests() if request["method"] == "POST" and _is_upload(request)]

    def files(self) -> list[dict[str, Any]]:
        """Return the files that are kept, newest first."""
        listed: Any = self._http.get("/v1/files", headers=KEY).raise_for_status().json()
        return [*listed["data"]]

    def delete_file(self, file_id: str) -> None:
        """Lose a file."""
        self._http.delete(f"/v1/files/{file_id}", headers=KEY).raise_for_status()

    def delete(self, response_id: str) -> None:
        """Delete a response at the provider."""
        self._http.delete(f"/v1/responses/{response_id}", headers=KEY).raise_for_status()

    def get(self, path: str) -> Any:
        """Return what the API answers to a request that changes nothing. It isn't among the requests."""
        answer = self._http.get(path, headers={"Authorization": "Bearer x"})
        return answer.raise_for_status().json()

    def remove(self, path: str) -> None:
        """Delete something at the provider."""
        self._http.delete(path, headers={"Authorization": "Bearer x"}).raise_for_status()

    def forget_requests(self) -> None:
        self._http.delete("/_script/requests").raise_for_status()

    def forget(self) -> None:
        self._http.delete("/_script").raise_for_status()
        self.forget_requests()

    def close(self) -> None:
        self._http.close()


@contextmanager
def running_provider(*arguments: str) -> Iterator[Provider]:
    """Run a stand-in on a free port while the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "standin", "--delay", "0", *arguments], stdout=subprocess.PIPE, text=True, cwd=BASE_DIR
    )
    assert process.stdout is not None
    provider = None
    try:
        provider = Provider(process.stdout.readline().split()[-1])
        yield provider
    finally:
        if provider:
            provider.close()
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
