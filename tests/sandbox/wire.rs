//! A request off the wire, for the loopback server.
//!
//! Promises: all bytes of the head are kept, and the body without any chunking. Absent: answers (`server`).

use std::io::{self, BufRead, ErrorKind};

use crate::sandbox::server::Recorded;

/// The next request of a connection that had one before, or had not.
pub(crate) fn read_request(reader: &mut impl BufRead, reused: bool) -> io::Result<Recorded> {
    let mut head = read_line(reader)?;
    let mut words = head.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        head.push_str(&line);
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let mut request = Recorded { method, path, headers, head, body: Vec::new(), reused };
    if request.header("Transfer-Encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        request.body = read_chunks(reader)?;
    } else {
        let length = request.header("Content-Length").map_or(Ok(0), str::parse).map_err(|_| ErrorKind::InvalidData)?;
        request.body = read_bytes(reader, length)?;
    }
    Ok(request)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = read_line(reader)?;
        let size = usize::from_str_radix(size.trim_end(), 16).map_err(|_| ErrorKind::InvalidData)?;
        body.extend(read_bytes(reader, size)?);
        read_line(reader)?; // ends the chunk, or after the last one the body: trailers are not for us
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_bytes(reader: &mut impl BufRead, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}
