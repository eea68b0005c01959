//! libFuzzer's way into the check `ini`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::ini(bytes);
});
