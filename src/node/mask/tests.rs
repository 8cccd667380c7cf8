use proptest::prelude::*;

use super::{masked, masked_words};

#[test]
fn what_is_secret_by_its_key_is_hidden_in_every_form_of_toml() {
    for (text, told) in [
        ("password = \"x1\"", "password = \"***\""),
        ("PassWord='x1' # why", "PassWord='***' # why"),
        ("\"identity\\u0074oken\" = \"x1\"", "\"identity\\u0074oken\" = \"***\""),
        ("a.\"b.c\".auth.identitytoken = \"x1\"", "a.\"b.c\".auth.identitytoken = \"***\""),
        (
            "auth = { username = \"u\", password = \"x1\" }",
            "auth = { username = \"***\", password = \"***\" }",
        ),
        ("r = { auth = { password = \"x1\" }, n = 1 }", "r = { auth = { password = \"***\" }, n = 1 }"),
        (
            "[p.\"r.io\".auth]\nusername = \"x1\"\n[q]\nn = \"y\"",
            "[p.\"r.io\".auth]\nusername = \"***\"\n[q]\nn = \"y\"",
        ),
        ("token = \"\"\"\nx1\nx2\"\"\"\nn = 1", "token = \"\"\"\n***\n***\"\"\"\nn = 1"),
        (
            "Authorization = [\"Bearer x1\",\n  'x2', # c\n]\nn = 1",
            "Authorization = [\"***\",\n  '***', # ***\n]\nn = 1",
        ),
        ("[registry.headers]\nX-Any = ['x1']", "[registry.headers]\nX-Any = ['***']"),
        ("password = 12345\nn = 1", "password = ***\nn = 1"),
        ("#password = \"x1\" or x2, x3\nn = 1", "#password = \"***\" *** *** ***\nn = 1"),
        (
            "endpoint = [\"https://u:x1@h:1/v2\", \"https://x2@h\"]",
            "endpoint = [\"https://***@h:1/v2\", \"https://***@h\"]",
        ),
        ("proxy = 'me:x1@proxy:3128'", "proxy = '***@proxy:3128'"),
        ("password = \"x1\r\"\r\nn = 1\r\n", "password = \"***\r\"\r\nn = 1\r\n"),
        ("password = \"x1", "password = ***"),
    ] {
        assert_eq!(masked(text), told, "{text}");
    }
}

#[test]
fn json_and_json_in_strings_are_read_too() {
    for (text, told) in [
        (r#"{"auths":{"r":{"auth":"x1"}},"n":"y"}"#, r#"{"auths":{"r":{"auth":"***"}},"n":"y"}"#),
        (r#"{"k8s_auth_token" : "x1", "n": [1]}"#, r#"{"k8s_auth_token" : "***", "n": [1]}"#),
        (r#"{"c":"{\"password\":\"x1\",\"n\":\"y\"}"}"#, r#"{"c":"{\"password\":\"***\",\"n\":\"y\"}"}"#),
        ("{\"token\"\n : \n \"x1\", \"n\":\n 1}", "{\"token\"\n : \n \"***\", \"n\":\n 1}"),
        (r#"{"Token":["x1",{"a":"x2"}]}"#, r#"{"Token":["***",{"a":"***"}]}"#),
    ] {
        assert_eq!(masked(text), told, "{text}");
    }
}

#[test]
fn what_is_no_secret_is_shown_as_it_is() {
    for text in [
        "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\".cni]\n  max_conf_num = 1 # one\n  conf_template = \"/a\"\n",
        "[plugins.'io.containerd.grpc.v1.cri'.registry.mirrors.\"auth.example.com\"]\nendpoint = [\"https://m:5000/v2\"]\n",
        "image = \"r.io:5000/pause:3@sha256:0123\"\nurl = \"https://r.io:5000/p@sha256:01\"\n",
        r#"{"cniVersion":"1.0.0","name":"n","plugins":[{"type":"calico","kubernetes":{"kubeconfig":"/etc/k"}}]}"#,
        "# it's a comment, isn't it\nroot = '/r'\n",
        "",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn words_keep_what_is_no_value() {
    for (text, told) in [
        (
            "the token: see docs; mount the secret of the kubelet",
            "the token: see docs; mount the secret of the kubelet",
        ),
        ("set max_conf_num = 1 in [plugins.\"x\".cni]", "set max_conf_num = 1 in [plugins.\"x\".cni]"),
        ("basic authentication is needed", "basic authentication is needed"),
        ("password = \"x1\" is not a number", "password = \"***\" is not a number"),
        ("GET https://u:x1@h/v2: 401", "GET https://***@h/v2: 401"),
        ("Authorization: Bearer x1", "Authorization: Bearer ***"),
        (r#"{"message": "bad \"auth\": \"x1\" there"}"#, r#"{"message": "bad \"auth\": \"***\" there"}"#),
        ("REGISTRY_TOKEN=x1 crictl pull", "REGISTRY_TOKEN=*** crictl pull"),
    ] {
        assert_eq!(masked_words(text), told, "{text}");
    }
}

const SECRET: &str = "Hunter2Hunter2";

/// A secret under a key that names it, in one of the forms of TOML and JSON.
fn statement() -> impl Strategy<Value = String> {
    let key = prop::sample::select(
        &["password", "auth", "identitytoken", "registry_token", "client-secret", "Authorization", "apiKey"]
            [..],
    );
    (key, 0..5_u8, 0..14_u8).prop_map(|(key, case, form)| {
        let key = match case {
            0 => key.to_uppercase(),
            1 => key[..1].to_uppercase() + &key[1..],
            _ => key.to_owned(),
        };
        match form {
            0 => format!("{key} = \"{SECRET}\"\n"),
            1 => format!("  {key}='{SECRET}' # c\n"),
            2 => format!("{key} = \"\"\"\n{SECRET}\n{SECRET}\"\"\"\n"),
            3 => format!("{key} = [ \"a\", # it's\n '{SECRET}' ]\n"),
            4 => format!("x = {{ {key} = {{ a = \"{SECRET}\" }} }}\n"),
            5 => format!("[registry.configs.\"r.io\".{key}]\nany = \"{SECRET}\"\n[other]\n"),
            6 => format!("registry.configs.'r.io'.{key}.any = \"{SECRET}\"\n"),
            7 => format!("# {key} = {SECRET}\n"),
            8 => format!("{{\"{key}\":\"{SECRET}\"}}\n"),
            9 => format!("x = '{{\"a\":{{\"{key}\":\"{SECRET}\"}}}}'\n"),
            10 => format!("x = \"{{\\\"{key}\\\":\\\"{SECRET}\\\"}}\"\n"),
            11 => format!("endpoint = [\"https://me:{SECRET}@r.io/v2\"]\n"),
            12 => format!("env = [\"{key}={SECRET}\", \"HTTP_PROXY=http://me:{SECRET}@p:1\"]\n"),
            _ => format!("\"{key}\" = \"a\\\"{SECRET}\"\n"),
        }
    })
}

fn other() -> impl Strategy<Value = String> {
    prop::sample::select(
        &[
            "",
            "\n",
            "# it's a comment\n",
            "n = 1\n",
            "[plugins.\"a.b\".cni]\n",
            "s = 'it' # isn't \"it\n",
            "t = '''\na'b\n'''\n",
            "l = [ 1,\n 2 ]\n",
            "q = \"a\\\\\"\n",
        ][..],
    )
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_secret_is_never_told(parts in prop::collection::vec((other(), statement()), 1..6), cut in any::<prop::sample::Index>()) {
        let text: String = parts.iter().flat_map(|(other, secret)| [other.as_str(), secret]).collect();
        let told = masked(&text);
        prop_assert!(!told.contains("Hunter2"), "{text}\n--\n{told}");
        prop_assert_eq!(told.lines().count(), text.lines().count());
        prop_assert_eq!(&masked(&told), &told);
        // A file is cut while another program still writes it.
        prop_assert!(!masked(&text[..cut.index(text.len() + 1)]).contains(SECRET));
    }

    #[test]
    fn no_text_panics(text in ".*", prose in any::<bool>()) {
        let told = if prose { masked_words(&text) } else { masked(&text) };
        prop_assert_eq!(told.split('\n').count(), text.split('\n').count());
    }
}
