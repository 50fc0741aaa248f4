"""A hostile upstream on loopback, and a transport that reaches it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from curl_cffi import Curl, CurlOpt

from flows.network.transport import Recorder, open_network
from flows.settings import Settings
from flows.workspace import Workspace
from tests.flows.network.test_transport import NOON
from tests.flows.network.upstream import QUICK, SMALL, Upstream


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(path=answer)`: the address of a server on loopback."""
    over = Event()
    handler = type("Handler", (Upstream,), {"paths": {}, "asked": [], "over": over})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()

    def start(**paths: Callable[[Upstream], None]) -> str:
        handler.paths.update({f"/{name}": answer for name, answer in paths.items()})
        start.asked = handler.asked
        return f"http://127.0.0.1:{server.server_address[1]}/"

    start.server = server
    yield start
    over.set()
    server.shutdown()
    server.server_close()
    thread.join()


PERFORM = Curl.perform  # before the tests as a whole are kept from asking through curl


@pytest.fixture
def curl_on_loopback(monkeypatch) -> None:
    """curl may ask in these tests; from loopback nothing leaves the machine."""

    def perform(self: Curl, *args: object, **options: object) -> None:
        self.setopt(CurlOpt.INTERFACE, b"host!127.0.0.1")
        PERFORM(self, *args, **options)

    monkeypatch.setattr(Curl, "perform", perform)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def heard(tmp_path) -> Callable[..., object]:
    """`heard(**settings)`: inside, requests go through the transport to the server on loopback."""

    @contextmanager
    def start(**settings: object) -> Iterator[Recorder]:
        named = {"default": QUICK, "127.0.0.1": QUICK}
        chosen = Settings(**{"home": tmp_path, "hosts": named} | SMALL | settings)
        with open_network(Workspace(chosen, lambda: NOON)) as recorder:
            yield recorder

    return start


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    authority = x509.BasicConstraints(ca=True, path_length=None)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2120, 1, 1)
    )
    for extension in (address, authority):
        made = made.add_extension(extension, critical=False)
    file = tmp_path_factory.mktemp("tls") / "here.pem"
    form = PrivateFormat.PKCS8
    signed = made.sign(key, SHA256()).public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, form, NoEncryption()) + signed)
    return file


@pytest.fixture
def encrypted(serve, certificate) -> Callable[..., str]:
    """`encrypted(path=answer)`: the address of the server, which speaks TLS."""

    def start(**paths: Callable[[Upstream], None]) -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        serve.server.socket = context.wrap_socket(serve.server.socket, server_side=True)
        return serve(**paths).replace("http:", "https:")

    return start


@pytest.fixture
def trusted(certificate, monkeypatch) -> None:
    """The operator believes the upstream's certificate."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
