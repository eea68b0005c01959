//! libFuzzer's way into the check `edit`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    checks::edit(bytes);
});
