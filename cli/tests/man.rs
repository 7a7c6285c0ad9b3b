use crate::support::Sandbox;

#[test]
fn every_verb_has_a_page_with_its_options() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["man", "pages"]);
    let page = |name: &str| String::from_utf8(sandbox.read(&format!("pages/{name}.1"))).unwrap();
    assert!(page("sealpost").contains("sealpost\\-policy"));
    assert!(page("sealpost-policy-show").contains("\\-\\-toml"));
    assert!(page("sealpost-gpgsm").contains("\\-\\-status\\-fd"));
    let names: Vec<_> = std::fs::read_dir(sandbox.path("pages")).unwrap().collect();
    assert!(!names.iter().any(|n| n.as_ref().unwrap().file_name() == "sealpost-man.1"));
}
