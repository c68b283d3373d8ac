#![no_main]
//! Drives the target `metadata`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::metadata::run(data);
});
