// Goes on when all frames of the page have loaded, or after five seconds. Without this script, the button does.
"use strict";
{
  const form = document.getElementById("onward");
  const onward = () => HTMLFormElement.prototype.submit.call(form);
  if (form) {
    window.addEventListener("load", onward);
    setTimeout(onward, 5000);
  }
}
