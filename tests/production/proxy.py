"""Real nginx with the shipped configuration, in a folder of its own and on ports of its own."""

import getpass
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.installation import PATIENCE, ROOT, free_port

SHIPPED = ROOT / "deploy" / "nginx"


@dataclass
class Proxy:
    """The web server of both sides: what an operator would change in its files is changed."""

    folder: Path
    upstreams: dict[str, list[int]]
    """The ports of each site's replicas."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """Limits that a test wants to be smaller than the shipped ones."""
    ports: dict[str, int] = field(
        default_factory=lambda: {name: free_port() for name in ("identity", "answers", "plain")}
    )
    server: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        shutil.copytree(SHIPPED, self.folder)
        make_certificate(self.folder)
        changes = {
            "user www-data;": f"user {getpass.getuser()};",
            "pid /run/nginx.pid;": f"pid {self.folder}/nginx.pid;",
            "/etc/nginx/tls": str(self.folder),
            "/var/cache/nginx/survey": f"{self.folder}/cache",
            "listen 80 ": f"listen 127.0.0.1:{self.ports['plain']} ",
        }
        for path in (self.folder / "nginx.conf", *(self.folder / "side").iterdir()):
            text = path.read_text(encoding="utf-8")
            _change(path, {old: new for old, new in self.limits.items() if old in text})
        _change(self.folder / "nginx.conf", changes)
        for side, shipped in (
            ("identity", {"issue": 8001, "manage": 8002}),
            ("answers", {"respond": 8003, "analyse": 8004}),
        ):
            places = {
                f"server 127.0.0.1:{port};": self._servers(site) for site, port in shipped.items()
            }
            own = {"listen 443 ": f"listen 127.0.0.1:{self.ports[side]} ", f"{side}.example": "_"}
            _change(self.folder / "side" / f"{side}.conf", own | places)

    def _servers(self, site: str) -> str:
        return "\n".join(f"server 127.0.0.1:{port};" for port in self.upstreams[site])

    def url(self, side: str, path: str = "") -> str:
        return f"https://127.0.0.1:{self.ports[side]}{path}"

    @property
    def authority(self) -> Path:
        """Whom clients must trust."""
        return self.folder / "fullchain.pem"

    @property
    def log(self) -> Path:
        return self.folder / "nginx.log"

    def command(self, *options: str) -> list[str]:
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        return [program, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), *options]

    def start(self) -> None:
        """Start it in the foreground, and wait until it takes connections."""
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                self.command("-g", "daemon off;"), stdout=log, stderr=log
            )
        end = time.monotonic() + PATIENCE
        while not _listens(self.ports["answers"]):
            assert self.server.poll() is None, self.log.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def stop(self) -> None:
        if self.server:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(PATIENCE)
            self.server = None

    def connect(self, side: str, *protocols: str) -> ssl.SSLSocket:
        """Open a TLS connection that trusts this server's certificate only."""
        context = ssl.create_default_context(cafile=str(self.authority))
        if protocols:
            context.set_alpn_protocols(protocols)
        plain = socket.create_connection(("127.0.0.1", self.ports[side]), timeout=PATIENCE)
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def files(self) -> dict[str, bytes]:
        """Everything that the web server has written."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.suffix not in (".conf", ".pem")
        }


def make_certificate(folder: Path) -> None:
    """Make a certificate for loopback that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(place, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _change(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for shipped, own in changes.items():
        assert shipped in text, f"{path.name} has no {shipped!r} any more"
        text = text.replace(shipped, own)
    path.write_text(text, encoding="utf-8")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
