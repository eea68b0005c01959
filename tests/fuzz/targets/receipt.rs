//! libFuzzer's way into the check `receipt`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::receipt(bytes);
});
