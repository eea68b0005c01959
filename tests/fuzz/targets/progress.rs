//! libFuzzer's way into the check `progress`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::progress(bytes);
});
