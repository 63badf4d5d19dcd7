"""The headers of every response."""

from flask import Response, current_app, g, request

from survey_app.web.static_files import is_versioned

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), payment=(), publickey-credentials-get=(), "
        "usb=()"
    ),
}
_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"
_CACHED_FOR_GOOD = "public, max-age=31536000, immutable"


def secure(response: Response) -> Response:
    """Set the headers of every response, errors included."""
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = _content_policy()
    for_good = g.get("cached_for_good") or is_versioned()
    response.headers["Cache-Control"] = _CACHED_FOR_GOOD if for_good else "no-store"
    response.headers["Cross-Origin-Resource-Policy"] = (
        "cross-origin" if current_app.config["SITE"].for_scripts else "same-origin"
    )
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _TRANSPORT_SECURITY
    for validator in ("ETag", "Last-Modified"):  # an entity tag is a cookie by another name
        response.headers.pop(validator, None)
    return response


def _content_policy() -> str:
    public = not current_app.config["SITE"].for_staff
    connect = f"'self' {g.get('connect_src', '')}".strip()
    scripts, styles = g.get("script_src", "'self'"), g.get("style_src", "'self'")
    images, forms = ("data:", "'none'") if public else ("'self' data:", "'self'")
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; "
        f"img-src {images}; connect-src {connect}; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'"
    )


def readable_from(origin: str, response: Response) -> Response:
    """Let the respondents' page call the issuer from its own origin, without credentials."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "7200"
    return response
