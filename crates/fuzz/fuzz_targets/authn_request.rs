#![no_main]
//! Drives the target `authn_request`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::authn_request::run(data);
});
