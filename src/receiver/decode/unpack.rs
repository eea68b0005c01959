//! Bodies that were packed to be sent.
//!
//! Promises: no more comes out than the bound, whatever goes in. Absent: packings that none of the tools we know use.

use std::io::Read;

use flate2::read::{MultiGzDecoder, ZlibDecoder};

/// Most bytes that are unpacked: four times what a receiver takes.
const MOST: u64 = 64 << 20;

/// A body unpacked.
#[derive(Debug, PartialEq, Eq)]
pub enum Unpacked<'a> {
    /// It was not packed.
    As(&'a [u8]),
    /// It was, with this.
    From(&'static str, Vec<u8>),
    /// It was, and cannot be unpacked: why.
    Not(String),
}

/// Unpacks `body`, by what its head says and by how it begins: some say nothing.
#[must_use]
pub fn unpack<'a>(body: &'a [u8], coding: Option<&str>) -> Unpacked<'a> {
    let coding = coding.map(|coding| coding.trim().to_ascii_lowercase()).unwrap_or_default();
    match coding.as_str() {
        "gzip" | "x-gzip" => read(MultiGzDecoder::new(body), "gzip"),
        "deflate" => read(ZlibDecoder::new(body), "deflate"),
        "" | "identity" if body.starts_with(&[0x1f, 0x8b]) => read(MultiGzDecoder::new(body), "gzip"),
        "" | "identity" => Unpacked::As(body),
        other => Unpacked::Not(format!("the body is packed with {other}, which is not opened here")),
    }
}

fn read<'a>(reader: impl Read, packing: &'static str) -> Unpacked<'a> {
    let mut bytes = Vec::new();
    match reader.take(MOST.saturating_add(1)).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > MOST => {
            Unpacked::Not(format!("the body is packed with {packing} and unpacks to more than {MOST} bytes"))
        }
        Ok(_) => Unpacked::From(packing, bytes),
        Err(error) => Unpacked::Not(format!("the body is packed with {packing} and broken: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write;

    #[test]
    fn packed_bodies_are_unpacked_and_bombs_are_not() {
        let gzip = |bytes: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(bytes).expect("packed");
            encoder.finish().expect("packed")
        };
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"{}").expect("packed");
        assert_eq!(unpack(&gzip(b"{}"), None), Unpacked::From("gzip", b"{}".to_vec()));
        assert_eq!(unpack(&gzip(b"{}"), Some("GZIP")), Unpacked::From("gzip", b"{}".to_vec()));
        assert_eq!(unpack(&zlib.finish().expect("packed"), Some("deflate")), Unpacked::From("deflate", b"{}".to_vec()));
        assert_eq!(unpack(b"{}", None), Unpacked::As(b"{}"));
        for (body, coding) in [(b"{}".to_vec(), "gzip"), (b"{}".to_vec(), "br"), (gzip(&vec![0; 65 << 20]), "gzip")] {
            assert!(matches!(unpack(&body, Some(coding)), Unpacked::Not(_)), "{coding}");
        }
    }
}
