// What the server tells the page: the identity provider, and whether this is the demo.
export const settings = JSON.parse(document.getElementById("settings").textContent);
