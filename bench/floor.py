"""The floor: the least that a server can do for one answer.

Bare Flask: GET of a form, POST that verifies one PSS signature and inserts one row. No anonymity,
no issuing, no receipts, no headers, no limits; served by the shipped gunicorn.conf.py.
"""

import os
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import Flask, render_template_string, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, text

SCHEME = padding.PSS(padding.MGF1(hashes.SHA384()), 48)
TABLE = "CREATE TABLE answer (receipt bytea PRIMARY KEY, stratum text, sealed bytea)"
_INSERT = text("INSERT INTO answer VALUES (:receipt, :stratum, :sealed)")
_FORM = """<!doctype html><title>Survey</title><form method="post">
{% for number in range(8) %}<p>Question {{ number }}
<label><input type="radio" name="q{{ number }}" value="1">yes</label>
<label><input type="radio" name="q{{ number }}" value="0">no</label>
{% endfor %}<button>Send</button></form>"""


def create(store: str, public_key: bytes) -> Flask:
    """Make the application on a PostgreSQL store and one public key."""
    app = Flask(__name__)
    engine = create_engine(store.replace("postgresql://", "postgresql+psycopg://"))
    key = load_pem_public_key(public_key)
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError(key)

    @app.get("/")
    def form() -> ResponseReturnValue:
        return render_template_string(_FORM)

    @app.post("/answers")
    def take() -> ResponseReturnValue:
        answer: dict[str, Any] = request.get_json()
        message, sealed = bytes.fromhex(answer["message"]), bytes.fromhex(answer["sealed"])
        key.verify(bytes.fromhex(answer["signature"]), message, SCHEME, hashes.SHA384())
        receipt = sha256(message + sealed).digest()
        with engine.begin() as connection:
            row = {"receipt": receipt, "stratum": answer["stratum"], "sealed": sealed}
            connection.execute(_INSERT, row)
        return {"receipt": receipt.hex()}, 201

    return app


def application() -> Flask:
    """Make the application that gunicorn serves."""
    return create(os.environ["FLOOR_STORE"], os.environ["FLOOR_KEY"].encode())
