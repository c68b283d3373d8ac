#![no_main]
//! Drives the target `forwarded_for`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    vestibule_fuzz::forwarded_for::run(data);
});
