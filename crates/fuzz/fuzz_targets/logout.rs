#![no_main]
//! Drives the target `logout`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::logout::run(data);
});
