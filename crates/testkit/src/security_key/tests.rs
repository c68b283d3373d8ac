use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::*;

const ORIGIN: &str = "https://sso.example.org";

fn creation(excluded: &[Vec<u8>]) -> String {
    let excluded: Vec<Value> = excluded
        .iter()
        .map(|id| json!({ "type": "public-key", "id": BASE64.encode(id) }))
        .collect();
    json!({
        "challenge": "Y2hhbGxlbmdl",
        "rp": { "id": "sso.example.org", "name": "Example" },
        "user": { "id": BASE64.encode("alice"), "name": "alice", "displayName": "Alice" },
        "excludeCredentials": excluded,
    })
    .to_string()
}

fn request(allowed: &[Vec<u8>]) -> String {
    let allowed: Vec<Value> = allowed
        .iter()
        .map(|id| json!({ "type": "public-key", "id": BASE64.encode(id) }))
        .collect();
    json!({ "challenge": "YW5vdGhlcg", "rpId": "sso.example.org", "allowCredentials": allowed })
        .to_string()
}

fn part(answer: &str, pointer: &str) -> Vec<u8> {
    let answer: Value = serde_json::from_str(answer).unwrap();
    BASE64
        .decode(answer.pointer(pointer).unwrap().as_str().unwrap())
        .unwrap()
}

#[test]
fn what_was_registered_signs_what_the_page_asked() {
    let mut key = SecurityKey::new(ORIGIN, Algorithm::Es256);
    let registered = key.register(&creation(&[])).unwrap();
    let id = part(&registered, "/rawId");
    assert_eq!(key.credential_ids(), vec![id.clone()]);

    let object: Cbor =
        ciborium::from_reader(part(&registered, "/response/attestationObject").as_slice()).unwrap();
    let data = object.as_map().unwrap()[2].1.as_bytes().unwrap();
    let cose: Cbor = ciborium::from_reader(&data[37 + 16 + 2 + id.len()..]).unwrap();
    let coordinate = |index: usize| cose.as_map().unwrap()[index].1.as_bytes().unwrap().clone();
    let point = [vec![4], coordinate(3), coordinate(4)].concat();

    let answer = key.sign(&request(std::slice::from_ref(&id))).unwrap();
    let client_data = part(&answer, "/response/clientDataJSON");
    let said: Value = serde_json::from_slice(&client_data).unwrap();
    assert_eq!(said["type"], "webauthn.get");
    assert_eq!(said["challenge"], "YW5vdGhlcg");
    assert_eq!(said["origin"], ORIGIN);
    let mut signed = part(&answer, "/response/authenticatorData");
    assert_eq!(signed[32], UP | UV);
    assert_eq!(signed[33..], [0, 0, 0, 1]);
    signed.extend(digest(&SHA256, &client_data).as_ref());
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    let signature = part(&answer, "/response/signature");
    assert!(public.verify(&signed, &signature).is_ok());
    signed.push(0);
    assert!(public.verify(&signed, &signature).is_err());
}

#[test]
fn a_key_that_is_excluded_or_not_allowed_says_nothing() {
    let mut key = SecurityKey::new(ORIGIN, Algorithm::EdDsa);
    key.register(&creation(&[])).unwrap();
    let mine = key.credential_ids();
    assert!(key.register(&creation(&mine)).is_none());
    assert!(key.sign(&request(&[vec![1]])).is_none());
    assert!(key.sign(&request(&mine)).is_some());
}

#[test]
fn what_is_bent_is_signed_as_it_was_bent() {
    let mut key = SecurityKey::new(ORIGIN, Algorithm::Rs256);
    key.register(&creation(&[])).unwrap();
    let answer = key
        .sign_bent(&request(&key.credential_ids()), |draft| {
            draft.counter = 7;
            draft.client_data.insert("origin".into(), "null".into());
        })
        .unwrap();
    assert_eq!(
        part(&answer, "/response/authenticatorData")[33..],
        [0, 0, 0, 7]
    );
    let said: Value = serde_json::from_slice(&part(&answer, "/response/clientDataJSON")).unwrap();
    assert_eq!(said["origin"], "null");
}
