//! Rows MF-66 to MF-68: keys and signatures that cannot be, statements that nobody asked for, and whatever else may
//! come.

use proptest::prelude::*;

use super::*;

#[tokio::test]
async fn mf_66_keys_that_cannot_be_or_were_not_offered() {
    let ec = |curve: u8, algorithm: &[u8], x: &[u8], y: &[u8]| {
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03];
        cose.extend(algorithm);
        cose.extend([0x20, curve, 0x21, 0x58, x.len() as u8]);
        cose.extend(x);
        cose.extend([0x22, 0x58, y.len() as u8]);
        cose.extend(y);
        cose
    };
    let rsa = |bytes: usize, exponent: &[u8]| {
        let mut cose = vec![0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20];
        match u8::try_from(bytes) {
            Ok(short) => cose.extend([0x58, short]),
            Err(_) => cose.extend([0x59, (bytes >> 8) as u8, bytes as u8]),
        }
        cose.extend(vec![0xc3; bytes]);
        cose.extend([0x21, 0x40 | exponent.len() as u8]);
        cose.extend(exponent);
        cose
    };
    let okp = |curve: u8, length: u8| {
        let mut cose = vec![
            0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, curve, 0x21, 0x58, length,
        ];
        cose.extend(vec![7; usize::from(length)]);
        cose
    };
    const ES256: &[u8] = &[0x26];
    const ES512: &[u8] = &[0x38, 0x23];
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "ES256 off the curve",
            ec(1, ES256, &[1; 32], &[1; 32]),
            "webauthn_public_key",
        ),
        (
            "ES256 at nought",
            ec(1, ES256, &[0; 32], &[0; 32]),
            "webauthn_public_key",
        ),
        (
            "ES256 with short coordinates",
            ec(1, ES256, &[1; 31], &[1; 31]),
            "webauthn_public_key",
        ),
        (
            "a curve that nobody knows",
            ec(8, ES256, &[1; 32], &[1; 32]),
            "webauthn_public_key",
        ),
        (
            "ES512",
            ec(3, ES512, &[0; 66], &[0; 66]),
            "webauthn_public_key",
        ),
        (
            "RSA of 512 bits",
            rsa(64, &[1, 0, 1]),
            "webauthn_public_key",
        ),
        (
            "RSA of 1024 bits",
            rsa(128, &[1, 0, 1]),
            "webauthn_public_key",
        ),
        ("RSA with exponent 3", rsa(256, &[3]), "webauthn_public_key"),
        ("Ed25519", okp(6, 32), "webauthn_algorithm"),
        ("Ed448", okp(7, 57), "webauthn_algorithm"),
        ("no map", vec![0x01], "webauthn_malformed"),
        ("an empty map", vec![0xa0], "webauthn_public_key"),
        (
            "a key of indefinite length",
            vec![0xbf, 0x01, 0x02, 0xff],
            "webauthn_malformed",
        ),
        (
            "its type twice",
            vec![0xa2, 0x01, 0x02, 0x01, 0x02],
            "webauthn_malformed",
        ),
        (
            "a thousand levels",
            [vec![0x81; 1000], vec![0x00]].concat(),
            "webauthn_malformed",
        ),
        (
            "a symmetric key",
            vec![0xa2, 0x01, 0x04, 0x03, 0x26],
            "webauthn_public_key",
        ),
        (
            "a secret",
            vec![0xa2, 0x01, 0x02, 0x03, 0x05],
            "webauthn_algorithm",
        ),
    ];
    for (what, cose, code) in table {
        let outcome = registered(Algorithm::Es256, |d| d.public_key = cose).await;
        assert_eq!(outcome.unwrap_err(), code, "{what}");
    }
    // A key of P-384 that says ES256, and a real one of Ed25519: the library knows neither as what it says.
    let outcome = registered(Algorithm::Es384, |d| {
        let place = d
            .public_key
            .windows(3)
            .position(|bytes| bytes == [0x03, 0x38, 0x22])
            .unwrap();
        d.public_key.splice(place..place + 3, [0x03, 0x26]);
    })
    .await;
    assert_eq!(outcome.unwrap_err(), "webauthn_public_key");
    let outcome = registered(Algorithm::EdDsa, |_| {}).await;
    assert_eq!(outcome.unwrap_err(), "webauthn_algorithm");
    // Control: a member more, as some keys have one.
    let outcome = registered(Algorithm::Es256, |d| {
        d.public_key[0] = 0xa6;
        d.public_key.extend([0x63, b'a', b'b', b'c', 0x01]);
    })
    .await;
    assert!(outcome.is_ok());
}

#[tokio::test]
async fn mf_66_mf_67_attestation_is_not_asked_for_and_not_looked_at() {
    use ciborium::Value as Cbor;
    for format in [
        "none",
        "packed",
        "fido-u2f",
        "tpm",
        "android-safetynet",
        "apple",
        "x",
    ] {
        let outcome = registered(Algorithm::Es256, |d| {
            let nonsense = Cbor::Map(vec![
                (Cbor::from("alg"), Cbor::from(-7)),
                (Cbor::from("sig"), Cbor::Bytes(vec![1, 2, 3])),
                (
                    Cbor::from("x5c"),
                    Cbor::Array(vec![Cbor::Bytes(vec![0x30; 64])]),
                ),
            ]);
            d.attestation = (format.to_owned(), nonsense);
        })
        .await;
        assert!(outcome.is_ok(), "{format}");
    }
    // A statement of a megabyte is longer than an answer may be.
    let mut key = key(Algorithm::Es256);
    let who = person("alice", None);
    let factor = preferred();
    let (prompt, _) = factor
        .enrol()
        .unwrap()
        .begin(&who, &[], at(NOW))
        .await
        .unwrap();
    let large = key.register_bent(&options_of(&prompt), |d| {
        d.attestation.1 = Cbor::Map(vec![(Cbor::from("x"), Cbor::Bytes(vec![0; 1 << 20]))]);
    });
    assert_eq!(CredentialJson::new(large.unwrap()), None);
}

#[tokio::test]
async fn mf_68_a_signature_that_was_touched() {
    let factor = preferred();
    let (who, mut key, stored) = holder(&factor, "alice").await;
    let mine = [stored];
    type Change = fn(&mut Vec<u8>);
    let table: &[(&str, &str, Change, &str)] = &[
        (
            "cut off",
            "/response/signature",
            |bytes| bytes.truncate(20),
            "webauthn_signature",
        ),
        (
            "nothing",
            "/response/signature",
            Vec::clear,
            "webauthn_signature",
        ),
        (
            "one bit",
            "/response/signature",
            |bytes| *bytes.last_mut().unwrap() ^= 1,
            "webauthn_signature",
        ),
        (
            "a byte behind",
            "/response/signature",
            |bytes| bytes.push(0),
            "webauthn_signature",
        ),
        (
            "its length the long way",
            "/response/signature",
            |bytes| {
                let length = bytes[1];
                bytes.splice(1..2, [0x81, length]);
            },
            "webauthn_signature",
        ),
        (
            "another counter",
            "/response/authenticatorData",
            |bytes| bytes[36] ^= 0x40,
            "webauthn_signature",
        ),
        (
            "another browser",
            "/response/clientDataJSON",
            |bytes| bytes.push(b' '),
            "webauthn_signature",
        ),
    ];
    for (what, place, change, code) in table {
        let outcome = sign(&factor, &who, &mine, |options| {
            tampered(&key.sign(options).unwrap(), place, change)
        })
        .await;
        assert_eq!(outcome.unwrap_err(), *code, "{what}");
    }
    assert!(
        sign(&factor, &who, &mine, |options| key.sign(options).unwrap())
            .await
            .is_ok()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a browser sends: a verdict, never a panic.
    #[test]
    fn mf_66_no_answer_makes_the_reader_panic(
        member in prop::sample::select(vec!["/response/attestationObject", "/response/clientDataJSON", "/response/authenticatorData", "/response/signature", "/rawId"]),
        place in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..8),
        cut in any::<bool>(),
        text in "\\PC{0,64}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let change = |json: String| {
                let exists = serde_json::from_str::<Value>(&json).unwrap().pointer(member).is_some();
                if !exists {
                    return text.clone();
                }
                tampered(&json, member, |old| {
                    let at = place.index(old.len() + 1);
                    if cut {
                        old.truncate(at);
                    }
                    let until = (at + bytes.len()).min(old.len());
                    old.splice(at.min(until)..until, bytes.iter().copied());
                })
            };
            let factor = preferred();
            let (who, mut key, stored) = holder(&factor, "alice").await;
            let before = Key::of(&stored).unwrap().counter();
            if let Ok(next) = sign(&factor, &who, &[stored], |options| change(key.sign(options).unwrap())).await {
                assert!(Key::of(&next).unwrap().counter() > before);
            }
            let mut fresh = super::key(Algorithm::Es256);
            let _ = register(&factor, &who, &[], |options| change(fresh.register(options).unwrap())).await;
        });
    }
}
