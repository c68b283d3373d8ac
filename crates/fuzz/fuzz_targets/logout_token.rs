#![no_main]
//! Drives the target `logout_token`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::logout_token::run(data);
});
