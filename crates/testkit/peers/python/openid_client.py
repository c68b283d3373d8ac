"""OpenID clients made of Authlib, one for each way to authenticate; every ID token and logout token is verified by
Authlib's JOSE library and by PyJWT, and both must read the same.

Its settings: `port`, `issuer`, and `clients`: client id to `method` and `secret`. A client without a secret signs with
the key that `/jwks` publishes.
"""

import threading
import time

import jwt as pyjwt
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from desk import Request, sent_to, serve, settings, told

SETTINGS = settings()
ISSUER = SETTINGS["issuer"]
BASE = f"http://127.0.0.1:{SETTINGS['port']}"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
TIMEOUT = 20
OWN_KEY = RSAKey.generate_key(2048, {"alg": "RS256", "use": "sig", "kid": "own"})


def asked(url):
    answer = requests.get(url, timeout=TIMEOUT)
    answer.raise_for_status()
    return answer.json()


def provider():
    """What the provider says about itself, as Authlib holds it to the specification."""
    metadata = OpenIDProviderMetadata(asked(get_well_known_url(ISSUER, external=True)))
    metadata.validate()
    if metadata["issuer"] != ISSUER:
        raise ValueError(f"the issuer is {metadata['issuer']}")
    return metadata


def verified(token, audience):
    """The claims of a token by both libraries."""
    uri = provider()["jwks_uri"]
    keys = KeySet.import_key_set(asked(uri))
    first = jwt.decode(token, keys, algorithms=ALGORITHMS)
    key = pyjwt.PyJWKClient(uri, cache_keys=False, timeout=TIMEOUT).get_signing_key_from_jwt(token)
    second = pyjwt.decode(
        token,
        key.key,
        algorithms=ALGORITHMS,
        audience=audience,
        issuer=ISSUER,
        options={"require": ["iss", "aud", "iat", "exp"]},
    )
    if first.claims != second:
        raise ValueError("two libraries read two tokens")
    return first.header, second


class Client:
    """One client, with the tokens of the person who signed in last."""

    def __init__(self, client_id, method, secret):
        self.id = client_id
        self.session = OAuth2Session(
            client_id,
            secret or OWN_KEY,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            redirect_uri=f"{BASE}/callback",
            scope="openid profile email offline_access",
            code_challenge_method="S256",
            default_timeout=TIMEOUT,
        )
        if method == "private_key_jwt":
            # As Authlib makes them, which last an hour, but for the issuer: an audience that no other provider can ask
            # for (RFC 7523 section 3).
            self.session.register_client_auth_method(PrivateKeyJWT(ISSUER, headers={"kid": "own"}))
        self.id_token = None
        self.spent = None

    def id_token_claims(self, token, nonce):
        header, claims = verified(token["id_token"], self.id)
        parameters = {"client_id": self.id, "access_token": token["access_token"], "nonce": nonce}
        CodeIDToken(claims, header, params=parameters).validate(leeway=5)
        self.id_token = token["id_token"]
        return {"algorithm": header["alg"], "kid": header["kid"], "claims": claims}

    def take(self, token, nonce=None):
        """What a token response holds, told without its secrets."""
        said = {"scope": token.get("scope"), "refreshable": "refresh_token" in token}
        if "id_token" in token:
            said |= self.id_token_claims(token, nonce)
        answer = self.session.get(provider()["userinfo_endpoint"])
        answer.raise_for_status()
        return said | {"userinfo": answer.json()}


CLIENTS = {
    name: Client(name, client["method"], client.get("secret")) for name, client in SETTINGS["clients"].items()
}
# Logins under way, by state; logout tokens, as they came.
UNDER_WAY = {}
LOGOUTS = []
ARRIVED = threading.Condition()


def client_of(request):
    return CLIENTS[request.query["client"]]


def login(request):
    client = client_of(request)
    verifier, nonce = generate_token(48), generate_token(20)
    wishes = {name: value for name, value in request.query.items() if name != "client"}
    url, state = client.session.create_authorization_url(
        provider()["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **wishes
    )
    UNDER_WAY[state] = (client, verifier, nonce)
    return sent_to(url)


def callback(request):
    client, verifier, nonce = UNDER_WAY.pop(request.field("state"))
    if request.field("iss") != ISSUER:
        raise ValueError(f"an answer of {request.field('iss')}")
    if request.field("error"):
        return told({"error": request.field("error")})
    token = client.session.fetch_token(
        provider()["token_endpoint"], grant_type="authorization_code", code=request.field("code"), code_verifier=verifier
    )
    return told(client.take(token, nonce))


def refresh(request):
    """New tokens for the refresh token, which is another one then."""
    client = client_of(request)
    client.spent = client.session.token["refresh_token"]
    token = client.session.refresh_token(provider()["token_endpoint"])
    said = client.take(token)
    return told(said | {"rotated": token["refresh_token"] != client.spent})


def replay(request):
    """The refresh token before the last, as a thief would show it."""
    client = client_of(request)
    client.session.refresh_token(provider()["token_endpoint"], refresh_token=client.spent)
    return told({})


def introspect(request):
    client = client_of(request)
    answer = client.session.introspect_token(
        provider()["introspection_endpoint"], client.session.token["access_token"], "access_token"
    )
    return told(answer.json())


def revoke(request):
    client = client_of(request)
    answer = client.session.revoke_token(
        provider()["revocation_endpoint"], client.session.token["refresh_token"], "refresh_token"
    )
    return told({"status": answer.status_code})


def logout(request):
    """Asks the provider for a logout (RP-Initiated Logout 1.0 section 2)."""
    client = client_of(request)
    fields = {
        "id_token_hint": client.id_token,
        "client_id": client.id,
        "post_logout_redirect_uri": f"{BASE}/goodbye",
        "state": "where she was",
    }
    return sent_to(requests.Request("GET", provider()["end_session_endpoint"], params=fields).prepare().url)


def goodbye(request):
    return told(request.query)


def back_channel(request):
    """A logout token, held to Back-Channel Logout 1.0 section 2.6."""
    token = request.form["logout_token"]
    audience = jwt_audience(token)
    header, claims = verified(token, audience)
    if header.get("typ") not in ("logout+jwt", "JWT"):
        raise ValueError(f"its type is {header.get('typ')}")
    if claims["events"] != {LOGOUT_EVENT: {}}:
        raise ValueError(f"its events are {claims['events']}")
    if "nonce" in claims or not claims["jti"] or not ("sub" in claims or "sid" in claims):
        raise ValueError("it is no logout token")
    with ARRIVED:
        if any(known["claims"]["jti"] == claims["jti"] for known in LOGOUTS):
            raise ValueError("it came before")
        LOGOUTS.append({"client": audience, "type": header["typ"], "claims": claims})
        ARRIVED.notify_all()
    return told({})


def jwt_audience(token):
    """Which of our clients a logout token is for; it is verified for that one."""
    audience = pyjwt.decode(token, options={"verify_signature": False})["aud"]
    audience = audience[0] if isinstance(audience, list) else audience
    return CLIENTS[audience].id


def logouts(request):
    """The logout tokens so far, as soon as there are as many as `count`."""
    count, deadline = int(request.query["count"]), time.monotonic() + TIMEOUT
    with ARRIVED:
        ARRIVED.wait_for(lambda: len(LOGOUTS) >= count, timeout=deadline - time.monotonic())
        return told(LOGOUTS)


def jwks(_: Request):
    return told({"keys": [OWN_KEY.as_dict(private=False)]})


serve(
    SETTINGS["port"],
    {
        "/login": login,
        "/callback": callback,
        "/refresh": refresh,
        "/replay": replay,
        "/introspect": introspect,
        "/revoke": revoke,
        "/logout": logout,
        "/goodbye": goodbye,
        "/back-channel": back_channel,
        "/logouts": logouts,
        "/jwks": jwks,
    },
)
