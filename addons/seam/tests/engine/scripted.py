"""A server on this machine whose answers are scripted, down to the socket."""

import contextlib
import socket
import ssl
import threading
import time
from typing import NamedTuple


class Request(NamedTuple):
    """What arrived: the request line's parts, headers in lower case, the body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers each request by ``script(connection, request)``.

    ``requests`` keeps what arrived, ``names`` the host names asked for by TLS.
    """

    def __init__(self, script, context=None):
        self.requests = []
        self.connections = 0
        self.names = []
        self._script = script
        self._context = context
        if context:
            context.sni_callback = lambda sock, name, ctx: self.names.append(name)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        # closing alone would leave the thread that accepts where it is, for ever
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _peer = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        if self._context:
            try:
                connection = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with contextlib.suppress(OSError), connection:
            while request := _read(connection):
                self.requests.append(request)
                if not self._script(connection, request):
                    return


def _read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, target, _version = first.split(" ")
    return Request(method, target, headers, body)


def answer(status="200 OK", body=b"{}", **headers):
    """A script: one answer, the connection kept."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]

    def script(connection, _request):
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return True

    return script


def raw(*parts, pause=0.0):
    """A script: these bytes one after the other with pauses, then goodbye."""

    def script(connection, _request):
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        return False

    return script


def secure_context(folder, host):
    """A TLS server context for ``host``, and the path of the CA to trust."""
    import datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / f"{host}.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, str(pem)
