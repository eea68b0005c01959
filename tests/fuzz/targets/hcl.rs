//! libFuzzer's way into the check `hcl`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::hcl(bytes);
});
