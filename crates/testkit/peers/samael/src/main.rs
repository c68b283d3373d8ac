//! samael as a service provider: reads a SAML Response from standard input, and says whom it believes it to be about.
//!
//! Arguments: the file with our metadata as identity provider, the service provider's entity ID, its ACS address, and
//! the id of the request that is answered. Prints the name on success (status 0), or samael's reason (status 1).

use std::{env, error::Error, fs, io, process::ExitCode};

use samael::{crypto::AllowedSignatureAlgorithm, metadata::EntityDescriptor, service_provider::{ServiceProvider, ServiceProviderBuilder}};

fn main() -> ExitCode {
    match name_in_response() {
        Ok(name) => {
            println!("{name}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("refused: {error}");
            ExitCode::FAILURE
        }
    }
}

fn name_in_response() -> Result<String, Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [metadata, entity_id, acs_url, request] = arguments.as_slice() else {
        return Err("usage: samael-peer METADATA ENTITY_ID ACS_URL REQUEST_ID < RESPONSE".into());
    };
    let metadata: EntityDescriptor = fs::read_to_string(metadata)?.parse()?;
    let service: ServiceProvider = ServiceProviderBuilder::default()
        .entity_id(entity_id.clone())
        .acs_url(acs_url.clone())
        .idp_metadata(metadata)
        .allowed_signature_algorithms(vec![AllowedSignatureAlgorithm::RsaSha256])
        .build()?;
    let response = io::read_to_string(io::stdin())?;
    let assertion = service.parse_xml_response(&response, Some(&[request]))?;
    let subject = assertion.subject.ok_or("no subject")?;
    Ok(subject.name_id.ok_or("no name")?.value)
}
