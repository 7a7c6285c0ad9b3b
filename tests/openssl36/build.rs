//! Compiles the measured peer of bench/ against the library that is linked here.

fn main() {
    let source = "../../bench/peer/libcrypto.c";
    println!("cargo::rerun-if-changed={source}");
    let include = std::env::var("DEP_OPENSSL_INCLUDE").expect("openssl-sys says where its headers are");
    cc::Build::new().file(source).include(include).define("main", "bench_main").compile("bench_peer");
}
