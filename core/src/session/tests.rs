//! Who may do what, at project level and in a tenant.

use super::*;

fn session(claims: &str) -> Session {
    Session::from_claims("P1", serde_json::from_str(claims).unwrap()).unwrap()
}

#[test]
fn project_level_and_tenant_level_are_apart() {
    let session = session(
        r#"{"sub":"U1","exp":9,"dct":"T1","roles":["r0"],"tenants":{"T1":{"roles":["r1"],"permissions":["p1"]},"T2":{}}}"#,
    );
    assert!(session.has_roles(&["r0"]) && !session.has_roles(&["r1"]));
    let active = session.active_tenant().unwrap();
    assert_eq!(active.tenant_id(), "T1");
    assert!(active.has_roles(&["r1"]) && active.has_permissions(&["p1"]) && !active.has_roles(&["r0"]));
    assert!(session.tenants()["T2"].has_roles::<&str>(&[]) && !session.tenants()["T2"].has_roles(&["r1"]));
}

#[test]
fn root_serves_the_active_tenant_only_when_there_is_no_tenants_claim() {
    let root = session(r#"{"sub":"U1","exp":9,"dct":"T1","roles":["r"],"permissions":["p"]}"#);
    assert!(root.active_tenant().unwrap().has_roles(&["r"]));
    let null = session(r#"{"sub":"U1","exp":9,"dct":"T1","tenants":null,"roles":["r"]}"#);
    assert!(null.active_tenant().unwrap().has_roles(&["r"]));
    for closed in [
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T2":{}},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":"T1","roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T1":null},"roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"dct":"","roles":["r"]}"#,
        r#"{"sub":"U1","exp":9,"roles":["r"]}"#,
    ] {
        assert_eq!(session(closed).active_tenant(), None, "{closed}");
    }
}

#[test]
fn a_membership_that_is_no_object_grants_nothing() {
    let session = session(r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T1":true},"roles":["r"]}"#);
    assert!(session.active_tenant().unwrap().roles().is_empty());
}

#[test]
fn names_are_compared_whole_and_one_string_is_a_list_of_one() {
    let session = session(r#"{"sub":"U1","exp":9,"roles":"Tenant Admin","permissions":["Perm 1",7,null]}"#);
    assert!(session.has_roles(&["Tenant Admin"]) && !session.has_roles(&["Tenant"]));
    assert!(session.has_permissions(&["Perm 1"]) && !session.has_permissions(&["Perm"]));
    assert_eq!(session.matched_permissions(&["x", "Perm 1", "Perm 1"]), ["Perm 1", "Perm 1"]);
}

#[test]
fn a_template_that_overrides_sub_leaves_the_user_in_dsub() {
    assert_eq!(session(r#"{"sub":"a@b.c","dsub":"U1","exp":9}"#).user_id(), "U1");
    assert_eq!(session(r#"{"sub":"U1","dsub":"","exp":9.7}"#).user_id(), "U1");
    assert!(Session::from_claims("P1", serde_json::from_str(r#"{"exp":9}"#).unwrap()).is_none());
}

#[test]
fn a_session_reads_back_what_it_wrote() {
    let session = session(
        r#"{"sub":"U1","exp":9,"iat":3,"dct":"T1","roles":["r0"],"amr":["pwd"],"tenants":{"T1":{"roles":["r1"]}}}"#,
    );
    let text = serde_json::to_string(&session).unwrap();
    assert_eq!(serde_json::from_str::<Session>(&text).unwrap(), session);
    assert!(serde_json::from_str::<Session>(r#"{"projectId":"P1","claims":{"sub":"U1"}}"#).is_err());
    let grant = session.active_tenant().unwrap();
    let text = serde_json::to_string(grant).unwrap();
    assert_eq!(&serde_json::from_str::<TenantGrant>(&text).unwrap(), grant);
}

#[test]
fn a_scope_names_project_tenant_and_user() {
    let scope = |claims| session(claims).cache_scope();
    assert_eq!(scope(r#"{"sub":"U1","exp":9,"dct":"T1"}"#), "P1:T1:U1");
    assert_eq!(scope(r#"{"sub":"U1","exp":9}"#), "P1::U1");
    assert_eq!(scope(r#"{"sub":"a@b.c","dsub":"U1","exp":9,"dct":"T1","tenants":{"T1":{}}}"#), "P1:T1:U1");
    // The active tenant decides, which a `tenants` claim without it does not grant.
    assert_eq!(scope(r#"{"sub":"U1","exp":9,"dct":"T1","tenants":{"T2":{}}}"#), "P1::U1");
}

#[test]
fn no_two_ids_have_one_scope() {
    let ids = ["", "a", ":", "%", "%3A", "%25", "a:", ":a", "a:b", "a%3Ab", "%253A", "::", "%3a"];
    let mut scopes = std::collections::BTreeSet::new();
    for tenant in ids {
        for user in ids.into_iter().skip(1) {
            let claims = serde_json::json!({"sub": user, "exp": 9, "dct": tenant}).to_string();
            let scope = session(&claims).cache_scope();
            assert_eq!(scope.matches(':').count(), 2, "{scope}");
            assert!(scopes.insert(scope), "{tenant:?} and {user:?} have the scope of others");
        }
    }
}

#[test]
fn a_step_up_is_exactly_true() {
    assert!(session(r#"{"sub":"U1","exp":9,"su":true}"#).stepped_up());
    for claims in ["", r#","su":false"#, r#","su":"true""#, r#","su":1"#, r#","su":null"#, r#","su":[true]"#] {
        assert!(!session(&format!(r#"{{"sub":"U1","exp":9{claims}}}"#)).stepped_up(), "{claims}");
    }
}

#[test]
fn methods_of_the_sign_in_are_a_list_of_names() {
    let amr = |claims: &str| session(&format!(r#"{{"sub":"U1","exp":9{claims}}}"#)).amr().to_vec();
    assert_eq!(amr(r#","amr":["pwd","mfa"]"#), ["pwd", "mfa"]);
    assert_eq!(amr(r#","amr":"oauth""#), ["oauth"]);
    assert_eq!(amr(r#","amr":["pwd",7,null]"#), ["pwd"]);
    for none in ["", r#","amr":null"#, r#","amr":{}"#, r#","amr":true"#, r#","amr":[]"#] {
        assert!(amr(none).is_empty(), "{none}");
    }
}

#[test]
fn the_end_of_the_refresh_token_is_text_or_number() {
    let end = |claim: &str| session(&format!(r#"{{"sub":"U1","exp":9,"rexp":{claim}}}"#)).refresh_expires_at();
    assert_eq!(end(r#""2024-03-21T16:49:48Z""#), Some(1_711_039_788));
    assert_eq!(end(r#""2024-03-21T16:49:48.5+00:00""#), Some(1_711_039_788));
    assert_eq!(end("1711039788"), Some(1_711_039_788));
    assert_eq!(end("1711039788.9"), Some(1_711_039_788));
    assert_eq!(end("9223372036854775807"), Some(lenient::LATEST));
    for none in ["null", r#""""#, r#""soon""#, r#""1711039788""#, "true", "[]", "{}", "1e300"] {
        assert_eq!(end(none), None, "{none}");
    }
    assert_eq!(session(r#"{"sub":"U1","exp":9}"#).refresh_expires_at(), None);
}
