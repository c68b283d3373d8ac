#![no_main]
//! Drives the target `token_request`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::token_request::run(data);
});
