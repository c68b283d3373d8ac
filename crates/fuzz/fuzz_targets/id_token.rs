#![no_main]
//! Drives the target `id_token`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::id_token::run(data);
});
