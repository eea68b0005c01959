//! libFuzzer's way into the check `segment`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::segment(bytes);
});
