//! A handler that panics (attack row WA-22), on a real socket: what a person gets, and that the next request is served.

use actix_web::{App, HttpResponse, HttpServer, middleware, web};
use vestibule_core::id::Reference;
use vestibule_server::http::{contain, harden, routes};

use crate::support::House;

const SECRET: &str = "canary-of-the-panic";

async fn broken() -> HttpResponse {
    panic!("{SECRET}")
}

#[actix_web::test]
async fn wa_22_a_handler_that_panics_is_a_page_with_a_number_and_the_next_request_is_served() {
    let house = House::build().await;
    let site = house.site();
    let server = HttpServer::new(move || {
        App::new()
            .wrap(middleware::from_fn(contain))
            .wrap(middleware::from_fn(harden))
            .route("/broken", web::get().to(broken))
            .configure(routes(site.clone()))
    })
    .workers(1)
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);

    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |path: &str| {
        let answer = client.get(format!("http://{address}{path}")).send().await;
        answer.unwrap()
    };
    // More often than there are threads: none of them ends.
    for _ in 0..3 {
        let answer = get("/broken").await;
        assert_eq!(answer.status(), 500);
        let policy = answer.headers()["content-security-policy"].to_str();
        assert!(policy.unwrap().contains("default-src 'none'"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Something went wrong here"), "{page}");
        let (_, rest) = page.split_once("class=\"reference\">").unwrap();
        let number = rest.split('<').next().unwrap();
        assert!(Reference::parse(number).is_ok(), "{number}");
        assert!(!page.contains(SECRET) && !page.contains("panic"), "{page}");
        // benign control
        assert_eq!(get("/healthz").await.status(), 200);
        assert_eq!(get("/saml/metadata").await.status(), 200);
    }
    handle.stop(false).await;
}
