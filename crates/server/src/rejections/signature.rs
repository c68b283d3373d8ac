//! Signatures, keys and encryption.

use super::{HOSTILE, Known, Section, known};

const KEY_CHANGED: &str = "Has the provider changed its key? Compare the fingerprint with its administrator, then restart Vestibule, which reads the metadata anew.";
const ALTERED: &str = "Was the XML reformatted on the way, or where it was captured? Else something between the provider and us changed the message, or it is forged. Capture it anew at the browser; if it stays, ask the provider's administrator.";
const PLAIN_SHAPE: &str = "Let the provider sign as SAML core 5.4 says: one reference to the signed element, enveloped-signature and exclusive canonicalization.";

pub(super) const SECTION: Section = Section {
    title: "Signatures and encryption",
    rows: ROWS,
};

const ROWS: &[Known] = &[
    known(
        "algorithm_refused",
        "It is signed or encrypted with an algorithm that is not accepted.",
        "Let the provider use RSA or ECDSA with SHA-256, and AES-GCM with RSA-OAEP.",
    ),
    known(
        "canonicalization_failed",
        "The signed part cannot be brought into the form that is signed.",
        HOSTILE,
    ),
    known(
        "cbc_refused",
        "It is encrypted with AES-CBC, whose ciphertext can be changed without notice.",
        "Let the provider encrypt with AES-GCM; where it cannot, allow CBC for this upstream and let it sign Responses.",
    ),
    known(
        "certificate_unusable",
        "A certificate cannot be read, or its key is too weak.",
        "Use RSA of 2048 bit or more, or the curves P-256, P-384, P-521.",
    ),
    known(
        "cipher_reference_refused",
        "The ciphertext is to be fetched from elsewhere, which is never done.",
        HOSTILE,
    ),
    known(
        "decrypted_element",
        "What was decrypted is no assertion.",
        HOSTILE,
    ),
    known(
        "decryption_failed",
        "The assertion cannot be decrypted with any of our keys, or what comes out is not in order; which of the two is not told.",
        "Give the provider the certificate for encryption from our metadata; is the key of that certificate still configured?",
    ),
    known(
        "digest_mismatch",
        "The signed part was changed after it was signed.",
        ALTERED,
    ),
    known(
        "empty_digest_refused",
        "The signature covers nothing.",
        HOSTILE,
    ),
    known(
        "encrypted_element_refused",
        "A part other than the whole assertion is encrypted.",
        "Let the provider encrypt whole assertions for us, not single names or attributes.",
    ),
    known(
        "encrypted_key_count",
        "There is not exactly one encrypted key.",
        "Let the provider encrypt for us alone, with one certificate.",
    ),
    known(
        "encrypted_key_recipient",
        "The encrypted key is for somebody else.",
        "Register our certificate for encryption at the provider as it stands in our metadata.",
    ),
    known(
        "encrypted_not_configured",
        "It is encrypted, and there is no key of ours for it.",
        "Configure a decryption key for this upstream, or switch encryption off for us at the provider.",
    ),
    known(
        "encryption_failed",
        "Our own encryption failed.",
        "See the log of this machine.",
    ),
    known(
        "encryption_shape",
        "The encrypted part is not built as XML encryption says.",
        HOSTILE,
    ),
    known(
        "key_mismatch",
        "None of the provider's keys is of the kind that the signature says.",
        KEY_CHANGED,
    ),
    known(
        "oaep_parameters_refused",
        "The parameters of RSA-OAEP are not accepted.",
        "Let the provider use RSA-OAEP with SHA-1 or SHA-256 and no label.",
    ),
    known(
        "reference_count",
        "The signature has not exactly one reference.",
        PLAIN_SHAPE,
    ),
    known(
        "reference_mismatch",
        "The signature covers something else than the part that it stands in.",
        HOSTILE,
    ),
    known(
        "sha1_refused",
        "It is signed with SHA-1, which is broken.",
        "Let the provider sign with SHA-256 (AD FS: `Set-AdfsRelyingPartyTrust -SignatureAlgorithm`).",
    ),
    known(
        "signature_mismatch",
        "None of the provider's keys made this signature.",
        "Has the provider changed its key? Compare the fingerprint with its administrator, then restart Vestibule, which reads the metadata anew. Or was the XML reformatted on the way?",
    ),
    known(
        "signature_misplaced",
        "A signature stands where none belongs.",
        HOSTILE,
    ),
    known(
        "signature_missing",
        "Nothing that was needed to be signed is.",
        "Let the other side sign for us: a provider its assertions, an application its requests.",
    ),
    known(
        "signature_repeated",
        "One part carries two signatures.",
        HOSTILE,
    ),
    known(
        "signature_shape",
        "The signature is not built as it must be.",
        PLAIN_SHAPE,
    ),
    known(
        "transforms_refused",
        "The signature covers something else than the part as it stands.",
        PLAIN_SHAPE,
    ),
];
