"""A SAML service provider made of pysaml2, for one person at a time.

Its settings: `port`, and `idp_metadata_url`, which it reads when the first login begins, as its administrator would.
Its key is made at the start. It signs whatever it says, and takes nothing that is not signed.
"""

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import create_metadata_string
from saml2.saml import NAMEID_FORMAT_EMAILADDRESS
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256

from desk import page, sent_to, serve, settings, told

BINDINGS = {"post": BINDING_HTTP_POST, "redirect": BINDING_HTTP_REDIRECT}
SETTINGS = settings()
BASE = f"http://127.0.0.1:{SETTINGS['port']}"
ENTITY_ID = f"{BASE}/metadata"


def make_key(folder):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pysaml2")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))


def configuration(metadata):
    """That of the service; `metadata` says where the identity provider describes itself."""
    key, certificate = str(FOLDER / "key.pem"), str(FOLDER / "certificate.pem")
    config = SPConfig()
    config.load(
        {
            "entityid": ENTITY_ID,
            "key_file": key,
            "cert_file": certificate,
            "encryption_keypairs": [{"key_file": key, "cert_file": certificate}],
            "metadata": metadata,
            # Attributes by any name, as they come.
            "allow_unknown_attributes": True,
            "accepted_time_diff": 5,
            "service": {
                "sp": {
                    "name": "pysaml2",
                    # Without these it signs with SHA-1.
                    "signing_algorithm": SIG_RSA_SHA256,
                    "digest_algorithm": DIGEST_SHA256,
                    "name_id_format": [NAMEID_FORMAT_EMAILADDRESS],
                    "name_id_policy_format": NAMEID_FORMAT_EMAILADDRESS,
                    "allow_unsolicited": False,
                    "authn_requests_signed": True,
                    "logout_requests_signed": True,
                    "logout_responses_signed": True,
                    "want_assertions_signed": True,
                    "want_response_signed": False,
                    "endpoints": {
                        "assertion_consumer_service": [(f"{BASE}/acs", BINDING_HTTP_POST)],
                        "single_logout_service": [
                            (f"{BASE}/slo", BINDING_HTTP_REDIRECT),
                            (f"{BASE}/slo", BINDING_HTTP_POST),
                        ],
                    },
                }
            },
        }
    )
    return config


FOLDER = Path(SETTINGS["folder"])
make_key(FOLDER)


class Service:
    """What it knows of its identity provider, of requests under way, and of the person who is signed in."""

    def __init__(self):
        self.known = None
        self.outstanding = {}
        self.name_id = None

    @property
    def client(self):
        if self.known is None:
            metadata = {"remote": [{"url": SETTINGS["idp_metadata_url"]}]}
            self.known = Saml2Client(configuration(metadata))
        return self.known

    def metadata(self, _):
        text = create_metadata_string(None, config=configuration({}), sign=False)
        return page(text.decode(), "application/samlmetadata+xml")

    def login(self, request):
        wishes = {}
        if "force" in request.query:
            wishes["force_authn"] = "true"
        if "context" in request.query:
            wishes["requested_authn_context"] = {
                "authn_context_class_ref": [request.query["context"]],
                "comparison": request.query.get("comparison", "exact"),
            }
        if "sha1" in request.query:
            wishes["sigalg"] = SIG_RSA_SHA1
        identifier, sent = self.client.prepare_for_authenticate(
            relay_state="where she was",
            binding=BINDINGS[request.query["binding"]],
            sign=True,
            **wishes,
        )
        self.outstanding[identifier] = "/"
        return carried(sent)

    def consume(self, request):
        response = self.client.parse_authn_request_response(
            request.form["SAMLResponse"], BINDING_HTTP_POST, self.outstanding
        )
        if response is None:
            raise ValueError("pysaml2 does not take the response")
        # A request is answered once.
        self.outstanding.pop(response.in_response_to)
        session = response.session_info()
        self.name_id = session["name_id"]
        return told(
            {
                "name_id": self.name_id.text,
                "format": self.name_id.format,
                "issuer": session["issuer"],
                "attributes": session["ava"],
                "contexts": [context for context, _, _ in session["authn_info"]],
                "session_index": session["session_index"],
                "relay_state": request.form.get("RelayState"),
            }
        )

    def session(self, _):
        signed_in = self.name_id is not None and self.client.is_logged_in(self.name_id)
        return told({"signed_in": signed_in})

    def logout(self, request):
        provider = self.client.metadata.identity_providers()
        sent = self.client.do_logout(
            self.name_id,
            provider,
            reason="urn:oasis:names:tc:SAML:2.0:logout:user",
            expire=None,
            sign=True,
            expected_binding=BINDINGS[request.query["binding"]],
        )
        _, message = sent[provider[0]]
        return carried(message)

    def single_logout(self, request):
        """Their request to end the session, or their answer to ours."""
        binding = BINDINGS["post" if request.method == "POST" else "redirect"]
        if request.field("SAMLResponse"):
            response = self.client.parse_logout_request_response(request.field("SAMLResponse"), binding)
            self.client.handle_logout_response(response)
            status = response.response.status
            inner = status.status_code.status_code
            return told(
                {
                    "status": status.status_code.value,
                    "second_status": inner and inner.value,
                    "relay_state": request.field("RelayState"),
                }
            )
        answer = self.client.handle_logout_request(
            request.field("SAMLRequest"),
            self.name_id,
            binding,
            relay_state=request.field("RelayState"),
            sigalg=request.field("SigAlg"),
            signature=request.field("Signature"),
        )
        return carried(answer)


def carried(message):
    """A message of pysaml2 on its way through the browser."""
    location = dict(message["headers"]).get("Location")
    return sent_to(location) if location else page(message["data"])


SERVICE = Service()
serve(
    SETTINGS["port"],
    {
        "/metadata": SERVICE.metadata,
        "/login": SERVICE.login,
        "/acs": SERVICE.consume,
        "/session": SERVICE.session,
        "/logout": SERVICE.logout,
        "/slo": SERVICE.single_logout,
    },
)
