use crate::support::{Sandbox, snapshot};

#[test]
fn the_table_for_people_as_json_and_as_toml_has_the_same_rows() {
    let sandbox = Sandbox::new();
    let text = sandbox.ok(&["policy", "show"]);
    let rows = sandbox.json(&["policy", "show"])["rows"].as_array().unwrap().len();
    assert!(rows > 40);
    assert_eq!(text.lines().count(), rows + 1);
    assert_eq!(sandbox.ok(&["policy", "show", "--toml"]).matches("[[row]]").count(), rows);
}

#[test]
fn one_use_shows_its_rows_only() {
    let sandbox = Sandbox::new();
    let rows = sandbox.json(&["policy", "show", "--use", "certify"]);
    assert!(rows["rows"].as_array().unwrap().iter().all(|r| r["use"] == "certify"));
    snapshot("policy_show_sign.txt", &sandbox.ok(&["policy", "show", "--use", "sign"]));
    sandbox.run(&["policy", "show", "--use", "listen"]).expect(2);
}
