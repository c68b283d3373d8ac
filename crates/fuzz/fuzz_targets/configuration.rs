#![no_main]
//! Drives the target `configuration`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::configuration::run(data);
});
