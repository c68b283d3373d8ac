#![no_main]
//! Drives the target `xml`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::xml::run(data);
});
