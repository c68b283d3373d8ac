#![no_main]
//! Drives the target `authorization_request`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::authorization_request::run(data);
});
