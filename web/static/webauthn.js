// Hands what the page asks to the browser's key, and what the key says to the form. Decides nothing: the server does.
"use strict";
{
  const form = document.getElementById("key");
  const button = form.querySelector("button");
  const waiting = document.getElementById("key-waiting");
  const fault = document.getElementById("key-error");
  const faults = document.getElementById("key-faults").content;

  // WebAuthn L3 section 5.1 has browsers do this; older ones need it done.
  const bytesOf = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const textOf = (bytes) =>
    btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""))
      .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const named = (keys = []) => keys.map((key) => ({ ...key, id: bytesOf(key.id) }));

  const creationOf = (json) =>
    PublicKeyCredential.parseCreationOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: bytesOf(json.challenge),
      user: { ...json.user, id: bytesOf(json.user.id) },
      excludeCredentials: named(json.excludeCredentials),
    };
  const requestOf = (json) =>
    PublicKeyCredential.parseRequestOptionsFromJSON?.(json) ?? {
      ...json,
      challenge: bytesOf(json.challenge),
      allowCredentials: named(json.allowCredentials),
    };

  // What `toJSON()` gives, without what nobody reads; password managers replace it, so it is not called.
  const jsonOf = ({ rawId, type, response }) => {
    const members = { clientDataJSON: textOf(response.clientDataJSON) };
    if (response.attestationObject) {
      members.attestationObject = textOf(response.attestationObject);
      members.transports = response.getTransports?.() ?? [];
    } else {
      members.authenticatorData = textOf(response.authenticatorData);
      members.signature = textOf(response.signature);
      if (response.userHandle) members.userHandle = textOf(response.userHandle);
    }
    return JSON.stringify({ id: textOf(rawId), rawId: textOf(rawId), type, response: members });
  };

  const show = (name) => {
    const words =
      faults.querySelector(`[data-fault="${CSS.escape(name)}"]`) ?? faults.querySelector('[data-fault="other"]');
    fault.querySelector("span").textContent = words.textContent;
    fault.hidden = false;
    fault.focus();
  };

  const ask = async () => {
    const options = JSON.parse(form.dataset.options);
    const credential =
      form.dataset.ceremony === "create"
        ? await navigator.credentials.create({ publicKey: creationOf(options) })
        : await navigator.credentials.get({ publicKey: requestOf(options) });
    form.elements.credential.value = jsonOf(credential);
    form.submit();
  };

  if (!window.isSecureContext) {
    show("insecure");
  } else if (!window.PublicKeyCredential || !navigator.credentials) {
    show("missing");
  } else {
    button.hidden = false;
    // Only on a click: browsers ask for a gesture, and people for time to find their key.
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      button.disabled = true;
      fault.hidden = true;
      waiting.textContent = waiting.dataset.text;
      try {
        await ask();
      } catch (error) {
        waiting.textContent = "";
        button.disabled = false;
        button.textContent = button.dataset.again;
        show(error.name);
      }
    });
    // The back button brings the page as it was left.
    window.addEventListener("pageshow", () => {
      button.disabled = false;
      waiting.textContent = "";
    });
  }
}
