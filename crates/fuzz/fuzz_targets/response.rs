#![no_main]
//! Drives the target `response`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::response::run(data);
});
