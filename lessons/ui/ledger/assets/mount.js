export default function (given) {
  const root = given.parentElement.querySelector(".ledger"), draw = () => window.drawLedger(root.given);
  root.given = given;
  if (window.drawLedger?.code === CODE_NAME) draw();   // at once, so that nothing is seen empty; after an update of the server it is another
  else import(new URL(CODE_NAME, window.__streamlit?.BACKEND_BASE_URL ?? location.href).href).then(draw, () => {
    const error = root.querySelector(".error");
    error.textContent = "The code that draws the ledger did not arrive. Reload the page.";
    error.hidden = false;
    root.style.visibility = "visible";
  });
}
