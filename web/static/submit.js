// Sends the one form of the page, so that nobody has to press "Continue". Without this script, the button does.
"use strict";
{
  const form = document.getElementById("onward");
  // A hidden field may be called "submit" and hide the form's own method.
  if (form) HTMLFormElement.prototype.submit.call(form);
}
