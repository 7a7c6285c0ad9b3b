//! The listener, against clients that do their worst.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ca::HttpAnswer;
use sealpost_directory::{ListenLimits, Listener};

/// Answers with what it was asked; "/end" ends it.
fn start(limits: ListenLimits) -> (u16, thread::JoinHandle<()>) {
    let listener = Listener::bind("127.0.0.1:0", limits).unwrap();
    let port = listener.address().unwrap().port();
    let work = move || {
        listener.serve(|r| {
            let text = format!("{} {} {:?} {} {}", r.method, r.path, r.query, r.body.len(), r.peer);
            (r.path != "/end").then(|| HttpAnswer::text(200, &text).with("X-Bad", "a\r\nX-Worse: b"))
        });
    };
    (port, thread::spawn(work))
}

fn ask(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    // A server that refuses early may close before all is sent.
    let _ = stream.write_all(request);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_listener_answers_what_was_asked_and_ends_when_told() {
    let (port, server) = start(ListenLimits::default());
    let got = ask(port, b"GET /a%20b?c=d HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 200 OK\r\n"), "{got}");
    assert!(got.ends_with("\r\n\r\nGET /a%20b Some(\"c=d\") 0 127.0.0.1\n"), "{got}");
    assert!(got.contains("X-Bad: aX-Worse: b\r\n"), "a value made a field of its own: {got}");
    let got = ask(port, b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcdef");
    assert!(got.ends_with("POST /p None 3 127.0.0.1\n"), "{got}");
    let got = ask(port, b"GET http://elsewhere:1/q HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(got.contains("\r\n\r\nGET /q None"), "{got}");
    let got = ask(port, b"HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(got.contains("Content-Length: 25\r\n") && got.ends_with("\r\n\r\n"), "{got}");
    let got = ask(port, b"POST /p HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    assert!(got.starts_with("HTTP/1.1 100 Continue\r\n\r\n"), "{got}");
    ask(port, b"GET /end HTTP/1.1\r\n\r\n");
    server.join().unwrap();
}

#[test]
fn a_listener_bounds_head_body_and_framing() {
    let limits = ListenLimits { head: 1024, body: 100, ..ListenLimits::default() };
    let (port, _server) = start(limits);
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(9000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(65));
    for (request, status) in [
        (long.as_bytes(), 431),
        (many.as_bytes(), 431),
        (b"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET nowhere HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x00\x00\r\n\r\n", 400),
    ] {
        let got = ask(port, request);
        assert!(got.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {got}");
    }
    // What ends early gets no answer, and stops nobody else.
    let whole = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    for end in 0..whole.len() {
        assert_eq!(ask(port, &whole[..end]), "", "cut at {end}");
    }
    assert!(ask(port, whole).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_listener_waits_for_nobody_for_long() {
    let limits = ListenLimits { time: Duration::from_millis(300), connections: 2, ..ListenLimits::default() };
    let (port, _server) = start(limits);
    let begun = Instant::now();
    let mut slow: Vec<TcpStream> = (0..2).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect();
    thread::sleep(Duration::from_millis(50));
    // Both places are taken by those who say nothing.
    assert!(ask(port, b"GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 503 "));
    for stream in &mut slow {
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap_or(0), 0);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(ask(port, b"GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
}
