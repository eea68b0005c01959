//! libFuzzer's way into the check `hocon`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::hocon(bytes);
});
