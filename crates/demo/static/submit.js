// Sends the form of this page at once; without scripts a person presses its button.
'use strict';
const onward = document.getElementById('onward');
// The prototype's method: a field called "submit" would hide the form's own.
if (onward) HTMLFormElement.prototype.submit.call(onward);
