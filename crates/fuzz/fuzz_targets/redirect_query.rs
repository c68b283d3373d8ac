#![no_main]
//! Drives the target `redirect_query`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::redirect_query::run(data);
});
