/* Parts from which rare names are composed, by style: start, sometimes a middle, end. The styles
 * are modelled on how names of a language are built; most of the names that result are nobody's. */
#include "data/sample/lists.h"

#include <stddef.h>

const struct style list_surname_style[] = {
    {"English", 20, 12,
     "Ash Bar Beck Ben Berk Birch Blay Brad Bram Brim Brock Brom Buck Bur Cald Car Chad Chal Ches "
     "Clay Clif Col Cran "
     "Craw Crom Dal Dar Den Der Dray Dud Dun East Ed El Elm En Ever Fair Farn Far Fen Fern Fleet "
     "Ford Fram Gar Glas "
     "Glen God Gran Graves Grim Had Hal Ham Har Hart Has Hath Hay Hazel Heath Hel Hol Hur Ing Ken "
     "Kil Kings Kirk Lang "
     "Law Lead Leigh Lind Lock Long Lud Mal Man Mar Mel Mid Mil Mor Mul New Nor North Oak Old Pem "
     "Pen Pick Pres Rad "
     "Ram Rams Ran Red Rich Rock Ros Row Rush Ruther Sand Sax Sel Shel Sher Ship Stan Stam Stock "
     "Stoke Strat Sut "
     "Swin Tal Tat Tem Thorn Thur Til Tre Tun Up Wad Wal Ware Wat Web Wel Wen West Wey Whit Wick "
     "Wil Win Wol Wood Wor Yar",
     "ber der er ing en ham cher ter gle den man nor wes low mon",
     "bury by combe cott dale den don ell ers ester field ford gate grave ham hart head hill hirst "
     "holm house hurst ing "
     "ington kin land ley lin ling lock low man mer mere mond more nell ney ock over pole ridge "
     "royd sey shaw ship side "
     "son stead stone stow ston sworth ter thorpe thwaite ton tree ville wall ward way well wich "
     "wick win wood worth yard"},
    {"Gaelic with Mac or O'", 8, 100, "Mac Mc Mc Mc O' O' Fitz",
     "Al An Ar Bain Bean Bren Bri Cal Cam Car Clel Con Cor Cul Dar Der Do Don Dow Dris Dun Fad Far "
     "Fla Gar Ger Gil Glash Gre Hal Han Har "
     "In Ken Kin Lach Lar Lau Lea Lel Lin Lough Mal Mel Mor Mur Nab Nal Ner Ni Pher Quar Ra Rei "
     "Rior Rob Shau Shea Sul Tag Tav Vic Wat",
     "achan agan aghan ald an ane ardy arthur as chrie dane ell egan enan eran erty ery ey ie igan "
     "ill inan ish ivan kay kie lan lane laren "
     "lay lean leish ley lin lins loch lon man mick min mond nair naught nell nelly ney nie no "
     "nolty ran rick rie roy ry son tosh ty vane "
     "vie wall wen wick"},
    {"Scottish and Irish", 6, 15,
     "Aber Ard Auch Bal Ban Ber Blair Bor Bren Cairn Cal Cas Colqu Con Cor Cow Craig Cul Cun Dal "
     "Del Dev Don Drum Dun Fal Far Fin Flan For "
     "Gal Gar Gil Glen Gow Haw Hen Her Hor In Inver Kea Kil Kin Kirk Lach Lan Len Loch Lon Lough "
     "Mal Men Mol Mon Mor Mul Mun Nol Och Pit "
     "Quin Raf Ram Rath Ros Ry Scan Shan Shee Strath Sul Ten Tier Tor Tul Tyr Urqu Wall Whel",
     "a ber der ga har la lan ma mer na ra ran",
     "agan aghan ahan aird ald alty an aney ard arty ay beith burgh calm can carron clough core "
     "culloch dale dan die don dore egan en "
     "erran ery ety ey fife ford gannon garvie gown han hattie honey ie illy ington kin laith land "
     "lane leary len lie line lis loch low mond "
     "more muir nan naird nell nessy ney nie noch non oran ough pine quhar ran rick ridge rie roch "
     "roe rossan ry shiel tie ton trie ty van "
     "vey vine wick win"},
    {"German", 14, 15,
     "Acker Al Alt An Aschen Bach Bau Baum Berg Bier Blum Bock Boden Brand Brau Breit Bren Brink "
     "Bruck Buch Burg Dann Deutsch "
     "Diet Dorn Eber Eck Ehr Eich Eis Engel Er Esch Falk Feld Fell Fink Flei Frank Frei Fried "
     "Frohn Fuchs Fuhr Gold Gott Grab "
     "Gros Grun Hack Hag Hahn Hart Hass Haus Heid Hein Helm Herz Hirsch Hoch Hof Holz Huber Jung "
     "Kalt Kamm Kauf Kern Kess Kirch "
     "Klein Klug Koch Kohl Kraft Kreuz Kron Kuhl Kunst Land Lang Laub Lehm Leucht Lich Lieb Linden "
     "Loh Mandel Mark Meis Mess "
     "Mitter Mohr Muhl Nadel Neu Nieder Nuss Ober Ochs Ohl Oster Pfaff Pfeif Rauch Reich Rein Ries "
     "Ring Rohr Rosen Rot Ruck Sand "
     "Sauer Schaf Scharf Schein Schick Schim Schlag Schmal Schnee Schon Schott Schul Schwan "
     "Schwarz See Seid Sieg Sommer Spiel "
     "Stahl Stark Stein Stern Stock Stolz Strass Stroh Sturm Tann Teich Thal Trau Uhl Vogel Volk "
     "Wachs Wald Wan Weg Wein Weiß "
     "Wein Wend Wester Wies Wild Winkel Wirt Wolf Wunder Zahn Zell Zimmer Zucker",
     "el en er eln ich ig ling mer ner sel",
     "acher ader al ammer and auer bach bacher bart baum baumer beck bein berg berger bert bold "
     "born brand brecht brenner bruck "
     "burg burger dorf dorfer eck ecker egger el er ert feld felder felt finger fuss garten haber "
     "hagen halter hammer hard hart "
     "haus hauser heim heimer hof hofer hoff holt holz horn huber inger kamp ke kirchen knecht "
     "land le lein ler lich ling mann mark "
     "mayer meier meister meyer miller müller nagel ner nik reich reiter ring rich rock schlager "
     "schmidt schneider sohn stadt "
     "stadter stein steiner stetter stock stroh thal thaler trop vogel wald walder weber weiler "
     "wein wig winkel wirth"},
    {"Dutch with a particle", 3, 100, "Van_ Van_ Van_den_ Van_der_ De_ Ter_",
     "Ber Blan Boo Bo Bor Bosch Bre Bree Broe Dam Dij Doe El Eng Gel Gen Gra Groe Ha Haa Hee Hei "
     "Heu Hoe Hol Hoo Hor Kam Ker Klei Koo Lan "
     "Lee Lin Maa Mee Mei Meu Mol Nes Noor Oos Pla Ploe Poe Put Rij Roo San Schaa Slui Spe Stee "
     "Veg Vel Ven Vlie Voor Wa Wee Wes Wie Wij Win Zan",
     "berg boom bosch broek burg de den der dijk doorn drecht gen hof holt horst huizen kamp ker "
     "kerk kum lanen len lo loo man meer men mer "
     "meren mond nen pen pol ren rik schot sel sen sloot stede steeg stra straten tel ten ter "
     "teren veen veld veldt velt wal ward weg wijk "
     "wout zen"},
    {"Dutch", 4, 15,
     "Boer Bos Brink Dijk Dam Eik Groen Haan Hoek Hof Hout Huis Kamp Kerk Klaas Kool Kuip Laar "
     "Meer "
     "Molen Noord Ooster Oude Pol Roos Ruiter Schaap Spijk Steen Veen Veld Vis Vries Water Wester "
     "Wieg Wijn Zand Zee Zwart",
     "de el en er ing ke le man se ten ter ver",
     "aart berg boer boom bosch broek burg dam dijk dorp en ema enga ers eveld gaard gaarden haar "
     "haus hof horst houdt huis huizen inga "
     "ink ker kerk kooi kuil laan lander link ma man mans meer meester meijer mond pol ren ring "
     "schot sma sma steen stra stra veen veld "
     "velt vliet voort waard waerd wal water weg wijk winkel zand zoon"},
    {"Nordic", 6, 12,
     "Ahl Alm And Ander Arn As Ast Bak Berg Bergs Bjork Blom Boe Brand Bro Dahl Dam Ed Ek Eng Er "
     "Es Fager Falk Fjeld Flo For Fred "
     "Gran Gren Grim Gul Gunnar Gust Haag Hag Hall Ham Hans Has Haug Hed Hell Hol Holm Hult Iver "
     "Jak Jens Jo Joh Karl Kjel Kling "
     "Knud Lag Lars Lil Lind Lof Lund Mag Malm Mark Mik Moe Mor Nils Nor Nord Ny Ol Ost Ott Palm "
     "Peder Per Rams Ras Ros Rud Rund "
     "Sand Sig Sjö Skog Sköld Sol Sten Stor Strand Sund Sved Sver Tall Thor Tor Ull Vester Vik "
     "Wall West Wik Öst Åker",
     "a en er in s ten ul",
     "aas berg berger blad blom borg bro by dahl dal din ell else en er eros fors gaard gren gård "
     "hagen haug heim holm holt hult iksen in "
     "kvist lie lin lind löf lund man mark mo nes nås quist rud sen skog son sson stad stedt sten "
     "strand ström strup sund torp tveit "
     "vall vang vik vold wick"},
    {"Polish", 8, 25,
     "Ada Anto Bana Bara Barto Bed Biel Bo Bog Bor Bo Brze Buj Cha Chmie Cie Czaj Czar Dą Dob Dra "
     "Du Fab Fili Ga Gaj Gieł Gor Gra Gru "
     "Ja Jabł Jagie Jan Ka Kacz Kal Kamin Karp Ka Klim Ko Kona Kos Kow Koz Kra Kru Krzy Ku Kwiat "
     "La Las Le Lip Lu Maj Mal Mar Matu Mi "
     "Mich Mo Mu Nie No Ol Or Os Pa Pawl Pie Pio Po Pod Prze Przy Ra Rad Rog Ru Rze Sa Sad Sie Sik "
     "Sko So Sta Stan Ster Su Szcze Szu "
     "Szy Świer To Tru Tu Ur Wa Walcz Wasi Wi Wiel Wil Wit Wo Wro Wy Za Zale Zar Zbo Zie Zu Żu",
     "b bro ch cho ci cz da do dz ga go ja ko la le li lo ma mi mo na ni no pa po ra ro sa sie sko "
     "sta szy ta to wa we wi za zi",
     "balski bicki biński browski cewicz chowski cki czak czek czuk czyk dowski dzki gowski icki "
     "icz iewicz ik ikowski inski iński "
     "jewski kiewicz kowski kowicz lak lewski licki lik linski łowski marski mański miński mski "
     "nek niak nicki nik nowski owicz "
     "owiec owski pek piński rczyk rek ricki ruk rzewski sik siński ski szak szek szewski szyk "
     "towicz towski wak wiak wicki wski zak zek "
     "zewski zik zyk"},
    {"Slavic", 8, 35,
     "A Alek Ana Ba Be Bel Bo Bog Bol Bor Bra Bul Che Chu Da De Di Do Dra Du Dub Fe Ga Ge Go Gol "
     "Gor Gra Gri Gro Gu Hor Hu Iv Jan Ja "
     "Jo Ka Kar Kir Kli Ko Kol Kop Kor Kos Kra Kri Kru Ku Kuz La Le Li Lo Lu Ma Mak Mar Me Mi Mir "
     "Mo Mu Na Ne Ni No O Or Os Pa Pe Pet "
     "Pi Plo Po Pro Pu Ra Re Ri Ro Ru Sa Sav Se Sem She Shu Si Sim Ska Sla So Sta Ste Sto Stra Su "
     "Ta Te Ti To Tra Tru Tu Va Ve Vi Vla "
     "Vo Vu Ya Yu Za Ze Zhu Zi Zo Zu",
     "b ba bo bri chi da di do dri ga go ka ko la le li lo lu ma me mi mo na ne ni no pa pe po ra "
     "re ri ro sa se shi ska sti ta te ti to "
     "va ve vi za zi zo",
     "bakov banov benko bić bov brov chenko chev chuk chyk cic dić dov drov dzic dzich gić gorov "
     "hin hov huk ic ich ić janov jević "
     "jić kalov kanov karov kić kin kov kovic kovich kovski lak lenko lev lic lich lić lin lov "
     "lyuk menko mić min mov nak nenko nev "
     "nic nich nić nik nin nko nov novic nović nyuk pić pin pov rak rchuk renko rev ric rić rin "
     "rov sak senko sev sic sić shin shko "
     "skiy sky slav sov stov tić tin tov tsev vac vanov vić vich vin vko vov yan yuk zhov zić zin "
     "zov"},
    {"Italian", 8, 35,
     "A Ab Accar Ag Al Am An Ar Ba Bar Bas Be Bel Ben Ber Bo Bon Bor Bra Bri Bu Ca Cal Cam Can Cap "
     "Car Cas Ce Cer Chi Ci Col Con Cop "
     "Cor Cos Cu Da Dal Del Di Do Fa Fal Fe Fer Fi Fio Fon For Fran Fu Ga Gal Gam Gar Ge Ghi Gi "
     "Gia Gio Giu Gra Gri Gua Gug La Lan Le "
     "Li Lo Lom Lu Ma Mal Man Mar Mas Mat Maz Me Mi Mo Mon Mor Mus Na Ne Ni No Or Pa Pag Pal Pan "
     "Pas Pe Pel Per Pi Pin Po Pol Por Pre Pu "
     "Qua Ra Ran Ri Ro Ros Ru Sa Sal San Sar Sca Scar Se Ser Si So Spa Spi Sta Ta Tar Te Ti To Tor "
     "Tra Tre Tri Tu Va Val Ve Ven Ver Vi "
     "Vin Vis Vo Za Zam Zan Zu",
     "bar be bri ca ce chi ci cor da de di do fa fe ga ghe gi gna la lan le li lo ma man me mi mo "
     "na ne ni no pa pe pi po ra re ri ro sa "
     "se sta ste ta te ti to tra va ve vi za ze",
     "baldi bardi barelli bassi belli berti betti bino cci cchi cchini ccio cellini chetti cini "
     "cioni coli coni cotti dano danti delli "
     "detti dini dolfi doni donna ffini gatti ghetti gioni glia gnani gnoni lacci landi lano lardi "
     "laro lato lella lesi letti lini lino "
     "lli llino lloni longo lucci mani mano mara mbardi melli menti mino mondi nardi nari nato "
     "nelli nesi neri netti nici nino noni nucci "
     "pelli pini poli ppi rano raldi relli renti retti rini rino rone roni rosi rucci sani selli "
     "setti sini sone soni ssi sso stelli "
     "tano tardi telli tini tino toni tore tti ttini tto vani velli venti vini zani zini zoni zzi "
     "zzo"},
    {"Spanish", 10, 25,
     "A Ab Ace Ag Al Alba Alca Alda Alma Alon Alva Am An Ara Arce Are Ari Arre Arri As Ay Ba Bal "
     "Ban Bar Be Bel Ber Bo Bri Bur Ca Cal "
     "Cam Can Car Cas Ce Cer Chá Co Col Con Cor Cu De Di Do Du E Ech El En Es Esca Espa Ga Gal Gar "
     "Gas Go Gra Gua Gui He Her Hi Ho Ibar "
     "Iri Iza Ja Ji La Lan Lar Le Li Lo Lu Ma Mal Man Mar Mas Me Men Mi Mo Mon Mor Na Ne No O Or "
     "Os Ota Pa Pe Pi Po Por Pu Qui Ra Re Ri "
     "Ro Ru Sa Sal San Se Si So Su Ta Te To Tor Tre U Uri Ur Va Val Var Ve Vi Villa Ya Za Zal Zu",
     "bar be ca ce co de di do ga go gu la le li lo ma me mo na ne pa pe ra re ri ro sa sal se ta "
     "te to va ve vi za",
     "balos barca berto blanco bera calde cano carte ceda cedo chea chuca cia cilla cochea das "
     "deja dero dez dillo doza dura ejo ela era "
     "eros eta fuentes galde gado gara garay goitia gora gorri guirre jal jano járez lano larde "
     "lares lazar ledo lera lez llanos llas lles "
     "llo loa lona lva ma mante mar mendi menta mera mero mora nales nares nas nda ndez nera nero "
     "nes nez ñez nilla nosa nte ntero pina "
     "quez ra ral rales rano raza rdo redo res reta rez rías rilla ro rosa rra rraga rral rreta "
     "rri rroz rte ruela sada sales sano sero "
     "solo sta tado tana tas tega tero tilla tín tos val vares veda vera verde vez vilés za zabal "
     "zar zola zúa"},
    {"Portuguese", 4, 20,
     "Al Am An Ar Ba Bar Be Bo Bra Bri Ca Cam Car Cas Ce Co Cor Cou Da Do Du Es Fa Fer Fi Fon Fra "
     "Frei Fur Ga Go Gra Gui La Lei Li Lo "
     "Ma Mar Me Mei Mi Mon Mou Na Ne No Nu Oli Pa Pe Pi Pin Por Quei Ra Re Ri Ro Sa Se Sil Si Sou "
     "Ta Tei Te To Tou Va Var Vas Vi Xa",
     "ba ca da de ga la lo ma me na ne no ra re ro sa ta te to va",
     "beira bosa bral ceiro cedo cha chado daleira deira des doso eda edo eira eiro endes enha "
     "ento fim gal galhães gueira gueiro jo landa "
     "lares lha lhão lheira lheiro lho lim lves meida meira minho mões nato ndão ndes nheira "
     "nheiro nho nte quim quita raes ral rão raz "
     "reia reira reiro res rga ria rinho ris rros santos seca sende sinho tal tana tas teiro telo "
     "tinho to tos va valho vares veira xeira "
     "zende"},
    {"French", 8, 15,
     "A Ar Au Aube Bab Bar Bas Beau Bel Ber Bi Blan Boi Bon Bou Bour Bre Bri Bro Bru Ca Car Cas "
     "Cha Chan Char Chau Che Cla Cor Cou Cour "
     "Cre Da Dan De Del Des Di Do Du Dan Du Dumon Fa Fau Fer Fon For Fou Fra Ga Gau Gen Ger Gi Gou "
     "Gran Gre Gri Gui Ha Hau Hu Jac Jan "
     "Jou Ju La Lab Lam Lan Lar Lau Le Ler Les Lo Lou Ma Mal Man Mar Mas Mau Mel Mer Mi Mo Mon "
     "Mont Mor Mou Na No Oli Pa Pas Pel Pe Per "
     "Pi Plan Poi Pon Pou Pre Pri Pru Que Ra Re Ri Ro Roche Ron Rou Ru Sa Sau Sa Sau Se Si Sou Ta "
     "Tar Te Ter Thi Thi Tou Tra Tru Va Val "
     "Va Ver Vi Vil Voi",
     "ba be bo ca che de di du fe ga ge la le li lo ma me mi mo na ne pe ra re ri ro se ta te ti "
     "to va ve vi",
     "aud ault bault beau belle bert bois bourg bre champ champs chard chelle chet chon court coux "
     "deau din don douin dreau dry duc ffard "
     "fière font gère geois gnac gnault gnon gny gue guin lain land lard leau let lette lier lière "
     "lin lle llet lley llier lon lou mard "
     "mas mont moux nac nard naud nault neau nel net nette neux nier nière non not pin quet quette "
     "rac rand rard raud rault reau rel ret "
     "rey rie rien rier rière rin rion rit ron rot roux roy rry saint sard seau set sier sin sson "
     "tain tard teau tel tier tin ton tot "
     "toux val vaux vert ville villier vin vois voux ys zier"},
    {"Greek", 5, 60,
     "Papa Hadji Kara Ana Andri Angelo Anto Apo Ari Atha Chris Chry Deli Deme Dia Dimi Eco Evan "
     "Fili Fra Gala Geor Gian Ili Ioan Kala "
     "Kali Kapo Kara Kastri Kon Kosta Kou Kyri La Lam Leo Li Lou Makri Mala Mano Mav Mi Mou Nico "
     "Niko Oiko Pana Pavlo Petro Pha Poly "
     "Poulo Psa Sava Skou Spi Stama Stav Stefa Theo Tri Tsa Tsi Vasi Vla Xeno Ya Za Zo",
     "da de dimi do ge ko la li lo ma mi na ni no pe ri ro ste ta the ti va vra ya",
     "das daris des dis dou gas giannis giorgos glou kakis kas kis kos kou las lakis lidis lis los "
     "lou makis mas midis mis mos nakis nas "
     "nidis nis niou nopoulos nos nou pas petros poulos pou rakis ras ridis ris ros rou sakis sas "
     "sidis sis sos takis tas thanasis tis "
     "tos tou tsis vas xis zas zis"},
    {"Armenian", 3, 50,
     "A Aga Ako Ala Ana Ar Arak Aru Asa Ata Ava Ba Bagh Bal Bar Be Bogh Da Dad Dav De Der Din Do "
     "Ga Gar Ge Ghaz Gri Gul Ha Hag Ham Har "
     "Ho Hov Ja Ka Kal Kar Kas Kech Khach Ki Ko Ma Man Mar Me Mi Mna Mou Na Naz No O Pa Pet Po Sa "
     "Sah Sar Se Ser Shah Si So Ta Tak Tar "
     "Te Ter To Tor Va Var Vos Ya Za Zo",
     "ba ch da ga gi ha ja ka ko la li lo ma me mi na no ra ri ro sa se shi ta te ti to va ve vi",
     "bedian bekian chian chikian chyan dian dikian dzhian ganian garian gian gosian janian jian "
     "karian kelian kian kosian lian ljian "
     "loyan mian minian moyan nian nosian noyan nyan pelian pian posian radian rapetian rian "
     "ridian rkissian roian roundjian royan rtian "
     "sian sissian soyan syan tchian tian tigian tissian toyan tyan vanian vasian vedian vian yan "
     "zarian zian zoyan"},
    {"Indian", 10, 35,
     "A Ab Ach Ag Aj Am An Ar As At Ba Bak Bal Ban Bha Bhat Bi Bo Cha Chak Chan Chau Che Cho Chin "
     "Da Dal Das De Desh Dev Dha Di Do Du Dut "
     "Ga Gan Go Gop Gu Ha Har I Iy Ja Jag Jai Jha Jo Ka Kal Kam Kan Kar Kau Khan Ko Kri Ku Kul La "
     "Lakh Ma Mad Mah Mal Man Me Mi Mo Mu Muk "
     "Na Nag Nai Nam Nan Nar Ni Pa Pad Pan Par Pat Pil Po Pra Pu Ra Rag Raj Ram Ran Rao Re Ro Sa "
     "Sad Sah Sam San Sar Sat Se Sha Shan She "
     "Shi Shri Si Sin So Sri Su Sub Ta Tan Tha Ti Tri U Up Va Vai Var Ve Ven Vi Vish Ya",
     "ba bha da dha di ga go ha hi ja ka ki la li ma mi mu na ni pa ra ri ru sa sha shi su ta ti "
     "va vi ya",
     "baiah charya chari dale dani das dekar dhan dhary dhyay gadda gal gar garajan gi giri gopal "
     "gude hari harajan hotra indran jan jani jee "
     "jit kanth kar karan kare karni kesan khani khar kumar lani lapati latha li lingam mani "
     "manian marthi menon mohan mula murthy nan "
     "nathan nda ndran ngar nkar nna nnan noy pal palli pande pati pillai pudi puri raghavan raj "
     "raju rajan ram raman ran ranjan rao ravan "
     "reddy samy sani sekaran sethi sh sha shan shankar shi singhe subramanian sundaram swamy thy "
     "tkar tra tri ttam tula vani varan vari "
     "varma varti vastava vi wade wala wal wani war yan yar yengar"},
    {"Arabic with an article", 3, 100, "Al- Al- Al- El- El_ Abu_ Abdul_ Bin_",
     "A Ba Bad Bak Da Fa Far Ga Gha Ha Had Haj Ham Has Ja Jab Ka Kha Khal Ma Mah Man Mas Mo Na Naj "
     "Nas Nu Qa Qas Ra Ras Sa Sab Sal Sha Shar "
     "Su Ta Tam Wa Wah Ya Za Zah",
     "bari di din fi had hadi hakim jjar lak lam lami lawi mari mi mid mir nabi nasi nsour qi qri "
     "r ri rif sawi sh shidi sri ssan tib tani "
     "wi yah yed zali zi"},
    {"Arabic", 4, 25,
     "Abdel Abou Ab Ad Af Ah Ak Al Am An As At Az Ba Bad Bak Bas Bou Da Dab Fa Fad Fah Far Fay Ga "
     "Gha Ha Had Haf Haj Hak Ham Han Har Has Hus "
     "Id Is Ja Jab Jal Jam Ka Kad Kam Kar Kha Khal Ma Mah Maj Mak Man Mar Mas Mo Mou Mu Na Nab Nad "
     "Nas Ni No Nu O Os Qa Qas Ra Rah Raj Ram "
     "Ras Ri Sa Sab Sad Sah Sal Sam Sha Shah Shar Si Sul Ta Tah Tal Tam Ta Tu Wa Wah Wal Ya Yas "
     "You Za Zah Zak",
     "ba da di fa ha ka la li ma mi na ra ri sa ta wa za",
     "bani bari bas bi bid bir dad dan dani dawi di din doun douri fi fri gh habi had hadi hadin "
     "hani har him hir houd iri jar jjar kani karim "
     "kawi ki kir kour lal lali lam lani lawi leh li lih lim louf man mani mar mawi med mi mid mir "
     "moud nan nawi ni nin noun qasim rabi rad "
     "rahim rahman rani rawi raz ri rid rif rouq sam san sawi shad shawi shid shir sin ssaf ssan "
     "sour tani tar tawi tif tir wadi wan zadeh "
     "zahrani zawi zi zir zouz"},
    {"Persian", 2, 30,
     "A Ab Af Ah Ak Al Am An Ar As Az Ba Bah Bar Beh Da Dar Di E Eb Es Fa Far Fir Ga Ghas Go Gol "
     "Ha Ham Has Hash Her Ho Hos Ja Jaf Jam Ka Kar "
     "Kaz Kha Khos Ki Ma Mah Maj Man Mas Mir Mo Moh Mor Mous Na Naj Nas Nik No Pa Par Pir Pour Ra "
     "Rah Ras Rez Ros Sa Sad Saf Sal Sam Shah "
     "Shar She Sho Soh Ta Tah Tav Te Va Vaz Ya Za Zand",
     "ba da di fa ha la le ma mo na ra re sa ta za",
     "badi bani bari bian dar dari deh dian doost far fard fari ghani gian hadi hani heri imi jad "
     "jani javi kani kari khah khani kia lari lavi "
     "mand mani mian midi nejad nia nian niri nouri pour rabi rad ravi reza rian rooz sadeh sani "
     "shahi sian tabar tash vandi vari yari zad "
     "zadeh zari zian"},
    {"Turkish", 2, 25,
     "Ak Al Alt Ar As At Ay Az Bal Bar Bay Bek Bil Boz Can Cev Çak Çel Da De Dem Der Dil Do Dur Dü "
     "E Eker El Er Es Gök Gül Gün Gü Has Il "
     "Kal Kap Kar Kara Kay Kır Kız Ko Kök Kur Kuş Ok Öz Pek Sa Sar Sel Sön Şen Tan Taş Tek Tok Top "
     "Tur Tü Uç Ulu Uy Ün Var Ya Yal Yaz Ye "
     "Yıl Yu Yük Za",
     "a an ar ba da de ka la li ma mi ra sa ta",
     "ak al altın an ar aslan bağ baş bay can çay çelik çı cı cıoğlu dağ demir doğan doğdu er gil "
     "gök gül gün han kale kan kaya koç kul kurt "
     "lı lıoğlu maz men mez oğlu ok öz paşa polat sever soy süt şan taş tekin tepe türk ün yol "
     "yurt"},
    {"Japanese", 5, 30,
     "Aka Aki Ama Ara Asa Ashi Aza Fuji Fuka Fuku Furu Hama Hana Hara Hase Hashi Haya Hira Hiro "
     "Hori Hoshi Ichi Ike Ima Ino Ishi Ita Iwa "
     "Kado Kage Kami Kane Kata Kawa Kin Kishi Kita Ko Kubo Kuma Kuri Kuro Kusa Maki Maru Matsu "
     "Michi Mina Miya Mizu Mori Moto Mura Naga "
     "Naka Nara Nari Nishi No Oga Oka Oku Oni O Oza Saka Saku Sasa Sato Sawa Seki Shi Shiba Shima "
     "Shimi Shira Sugi Sumi Suzu Taka Take Tama "
     "Tana Tani Tera Toku Tomi Tsuji Tsuka Ue Uchi Ume Ura Wada Waka Wata Yama Yasu Yoko Yoshi "
     "Yuki",
     "ga gi ka ki ko ku ma mi mo mu na ni no ra ri ru sa shi ta to tsu ya",
     "be bashi bata da date do dome e fuchi fuji fune gai gaki gashi gata gawa gaya guchi gura "
     "hama hara hashi hata hira i ishi iwa kabe kado "
     "kami kawa ki kita ko kubo kura kuni ma machi maru matsu me michi mine miya mizu mori moto "
     "mura na nabe naga naka nishi no numa oka saka "
     "saki sato sawa se shima shiro shita suka sumi ta take tani tera to tomi tsu tsuka uchi ue "
     "ura waki wara ya yama yashi zaki zawa zono"},
    {"Chinese", 3, 0, "A B Ch C D F G H J K L M N P Q R S Sh T W X Y Z Zh Ts Hs", "a",
     "ai an ang ao au e ee ei en eng eow eung ew i ia iam ian iang iao ie in ing iong iu o oh oi "
     "om on ong oo ou ow u ua uan uang ue ui un uo "
     "wang wei wok wong yan yang yew yin yong"},
    {"Vietnamese and Lao", 2, 80,
     "Chan Kham Phan Phe Sa Sai Si Sou Tha Vi Vong Xay Boun Bou Da Ke Kee Keo La Lat Mai Ma Nan "
     "Nou Oun Pha Phom Phou Ra Rat Sen Siv Som "
     "Sri Sy Tan Thong Tri Van Xai",
     "a ba da ka la ma na pa ra sa ta tha va vi vo xa ya mi ni no pho so",
     "chack chai chak chan chanh dara daeng kham khone khoune kone la lack lath leuth line mala "
     "many mano mavong nakone ngam nhoth nivong "
     "noi nouvong pane phet phone phong phonh rath ratt reuth sack sak sana savath seng sith sone "
     "souk souvan thammavong thanh thavong "
     "thip thong vanh varath vath vilay vixay vong xay ya yasit yavong"},
    {"West African", 5, 45,
     "A Ab Ad Ade Ado Af Ag Aj Ak Ako Al Am Ama An Any As Aw Ay Az Ba Bab Bam Boa Bo Chi Chu Da Di "
     "Do E Ebe Ek Em En Ez Fa Fal Fo Ga Gya I "
     "Ib Ig Ik Il Iw Iz Ka Kam Ki Ko Kou Kwa La Ma Man Mbo Me Mo N'D Na Nd Nga Nka Nna Nwa Nya O "
     "Ob Oba Od Odu Of Og Ogu Oj Ok Oka Ol Ola "
     "Olo Olu Om On Onu Ony Op Or Os Osa Ot Ow Oy Oye Sa Se Sow Ta Te To Tra U Uch Ud Ug Uz Wa Ya "
     "Ye Zu",
     "ba be bi bo chi chu da de di do du fa fe fo ga ge go gu ka ke ko ku la le li lo lu ma me mi "
     "na ne ni no nu ra re ri ro sa se so ta te "
     "to wa we wo ya ye yi",
     "badu bade bah bayo bede bo bola bor boah chi chukwu dapo dare dele demi di diallo dike dinma "
     "do dola du du dum dunni fe fola for foro "
     "fu fuwa gbe gbo goke gun gwu jare jide jobi kanna ke kere ko kolo konkwo kpara ku kunle kuma "
     "lade lana lawe ledo legan leke lola lu "
     "luwa mah mba mbo meka mide ming mola nike niran noye nwa nwu nya pong re renke ro rogu rola "
     "runde ruwa sah san sanya segun si sola son "
     "soye su ta tade tola tomi toye tu tunde tutu uche ugo uzor wale wande were wole wu yinka yo "
     "yode yomi zie zor zu"},
    {"Filipino and Pacific", 3, 50,
     "A Ab Ag Al Am Ba Bal Ban Bay Bu Ca Cab Ca Dag Da Di Di Du Fa Fa'a Fale Fi Ga Gal Ha Hau I Ka "
     "Kahale Kai Kala Kama Kane Ke Ko Ku La "
     "Lau Le Li Lo Lu Ma Mag Mal Man Mau Mo Na Ni O Pa Pag Pan Pe Po Pu Pu'u Ra Sa Sag Sal San Si "
     "Su Ta Tag Tal Tau Te Ti To Tu Tui Tu'i U Va "
     "Vai Ve Wai Wa",
     "ba bu ca da do fa ga gu ha hi ka ke ki la le li lo lu ma mi mo na ni no pa po pu ra sa si ta "
     "ti to tu u va wa",
     "ban bang bao bayan bon bu can cang cao cay cio coy dan dang dao day do don faga fano ga gan "
     "gao gay gon hano hea hiva holo kai kaua kea "
     "kila lahi lan lang lani lao lau lei leo li liao lik lima loa lolo lon longo lua lulu mai man "
     "mana maoa mata moana moe mua nan nao ngan "
     "niu nga nui ohana paga palo pan pang pao pule quit ra ri rin san sang siga sina son tai tan "
     "tao taua tele tin toa tolo tong tuai tulan "
     "uila vai vale wai yan"},
    {"Hebrew and Yiddish", 3, 15,
     "A Ab Ad Ap Ar As Ash Av Ba Bar Ben Ber Bi Blu Bro Cha Da Di Dra Du Ei El En Ep Fei Fel Fi "
     "Fried Ga Gel Gin Gla Go Gol Gott Green Gru "
     "Hal Her Ho Hor Is Ja Ka Kal Kan Kar Ka Ki Ko Kor Kra La Le Lef Lev Li Lip Lo Lu Ma Mal Man "
     "Mar Mei Mi Mor Na Nach Ne O Op Or Pe Per "
     "Pe Pin Po Ra Rab Rad Re Ro Roth Ru Sa Sal San Schul Se Sha Shap She Shi Si Sil Sol Spi Ta "
     "Tau Te Tei Tep Wa Wei Wo Ya Za Ze Zi Zu",
     "bi be bo der el en er fen ka ker le li lo ma mel ni no ra re ro sen ser te vi witz",
     "baum bein berg blatt blum chik chin don feld fer gold gut holtz iner ker kes kin kind kowitz "
     "kov lin linsky man mann mowitz nik nitz "
     "nitzky nov novich off osky ovich ovitz owitz pern piro plan rovsky shtein sky slow sohn son "
     "sovsky stadt stein stern stone stok thal "
     "tzky vich vin vitz wald wasser wein wicz witz zer zky zman zweig"},
    {NULL, 0, 0, NULL, NULL, NULL},
};

const struct style list_male_style[] = {
    {"modern", 40, 25,
     "A Ad Ai Al Am An Ar As Au Ax Ay Bra Bray Bren Bri Bro Bry Cad Cae Cal Cam Car Cay Col Con "
     "Cor Da Dae Dal Dam Dan Dar Dav Day De Den Der "
     "Des Dev Don Dra Dray Du Ea Ed El Em Er Ev Ez Fin Ga Gar Gra Gray Gun Had Har Hay Hol Is Ja "
     "Jac Jad Jae Jam Jar Jas Jav Jax Jay Je Jer "
     "Jo Jor Jos Ju Ka Kad Kae Kai Kal Kam Kar Kas Kay Ke Keg Kel Ken Ker Key Ki Kol Kor Kra Kyl "
     "La Lan Lar Lay Le Lea Len Lon Lu Mad Mal "
     "Mar Mas Mav Max May Mi Na Nas Nel No Ny O Pax Pay Pey Qua Quin Ra Ran Ray Re Ri Ro Ron Ry Sa "
     "Sam Saw Se Sha Shay Ste Ta Tan Tav Tay "
     "Te Ter Tor Tra Tray Tre Tri Ty Va Van Ve Wes Wil Xa Ya Za Zan Zay Ze Zi",
     "da de di ja ka la le li lo ma mi mo na ni ra re ri ro sa sha ta te va vi vo za",
     "bin ce cen cer cob cus dan dane de den der din don drick drin duan dyn el en ence er han iah "
     "iel ian ias im in ion ious is jah jon kai "
     "kari ken ki kwon lan land las len lin lo lon lyn man mar marion mere mir mond mus nard nell "
     "ney nis non nor nus on or quan quel quez "
     "quis ray rell ren rence rick ricus riel rin ris rius ron rone rus ryn san sean shaun shawn "
     "son sten ston tae tan tavious tavius ten "
     "ter thaniel then ther tin ton tor trell ty tyn uel us van vaughn ven ver veon vin vion von "
     "vontae ward xon yan yen yn yon zell zo"},
    {"Romance", 14, 30,
     "A Al An Ar Aure Be Ber Bon Ca Car Ce Con Da De Dio Do E Eu Fa Fe Fi Flo For Ful Ga Ge Gi Gre "
     "Ho Ju La Lau Le Li Lo Lu Ma Mar Me Mo Na "
     "Ne No O Or Pa Pe Po Pri Re Ri Ro Sa Se Si Ste Te Ti U Ur Va Ve Vi",
     "ba be bri ca ce da di do ga le li lo ma me na ne ni ra re ri ro sta te ti to va",
     "bano berto bino cio cino cindo conio delio dencio dino do dolfo doro fonso gelio genio gildo "
     "lano lario leto liano lino lio lo lfo "
     "maldo mando mano merindo mio mundo naldo nardo nato nesto nido nino nio no nso pidio quio "
     "rado raldo ramo rcio rdo rico rindo rino rio "
     "ro rto rvando sandro sario sio stián tano tavo tín tino tonio turo vano verio viano vio "
     "zario"},
    {"world", 26, 45,
     "A Ab Ad Af Ah Aj Ak Al Am An Ar As At Az Ba Bi Bo Cha Chi Da De Dha Di Do E Ek En Fa Fe Ga "
     "Gi Go Gu Ha Hi Ho I Il Is Ja Ji Jo Ka Ke Kha "
     "Ki Ko Kri Ku La Li Lo Ma Me Mi Mo Mu Na Ne Ni No O Ol Om Pa Po Pra Ra Re Ri Ro Ru Sa Se Sha "
     "Shi Si So Su Ta Te Ti To Tu U Va Ve Vi Wa "
     "Ya Yo Yu Za Zi Zo",
     "ba bi da de di do fa ga ha hi hu ja ka ki ko la li lu ma mi mo na ni nu ra ri ro sa se shi "
     "su ta ti to va vi wa ya",
     "ad af ahan aj al am an and ant ar as ash at av aya bek bil chi chir dar deep deh dev dhi din "
     "dit do du fa far feng ghan gir hai ham han "
     "har hil him hin hiro hong id ik il im in indra ir ish it jeet ji jit jun kar kash kesh khil "
     "ki kit ko kun lal lan li lim man mar med mesh "
     "mir mit mud nad nan nath nav nay nish noj nu pak pal pan prit qir ra raf raj ram ran rav "
     "rendra rik rin roshi ru sad san sha shal shan "
     "shid shil shi shu sim slav soon suke tak tan taro tej tesh thi to tosh tsu vaan van veer vik "
     "vin wan wei yan yash yesh yu zad zim zo"},
    {NULL, 0, 0, NULL, NULL, NULL},
};

const struct style list_female_style[] = {
    {"modern", 42, 25,
     "A Ab Ad Ai Al Aly Am An Ang Ar As Ash Au Av Ay Be Bre Bri Bro Bry Ca Cai Cal Cam Car Cha Che "
     "Chel Chi Cia Da Dai Dal Dan Dar Day De Deja "
     "Del Des Dest Do E El Em Er Ev Fai Gen Gra Ha Had Hai Har Hay Hei I Is Ja Jac Jad Jai Jal Jam "
     "Jan Jas Jay Jaz Jen Jes Jo Jor Ju Ka Kae "
     "Kai Kal Kam Kar Kas Kat Kay Ke Kei Kel Ken Ki Kia Kim Kir Kri Kris Ky La Lai Lan Lar Lat Le "
     "Lei Lex Li Lil Lo Ly Ma Mac Mad Mak Mar Mat "
     "May Mc Me Mi Mo My Na Nai Nal Nat Ne Nia Ni No Ny Pai Pay Pre Que Ra Rae Rai Ray Re Ri Ro Ry "
     "Sa Sam Sav Se Sha Shal Shan Shar She Shy "
     "Sky Sta Ste Su Sy Ta Tae Tai Tal Tam Tan Tash Tay Te Ti Tia To Tri Ty Va Ve Vi Wa Xa Ya Yas "
     "Za Zai Ze Zo Zy",
     "bri ce da de di du ja ka ke la le li lo ma me mi na ne ni qua ra re ri ro sa sha she shi ta "
     "te ti to va ve",
     "anna anne aya beth bella bri ca cey chelle cia cie cy da dee della den dra dy ella elle erie "
     "esha eth ette ey gan gelle hana ia iah iana ica "
     "ice icia ie iella ika ila ina inda ine ique isa isha issa ita iya ja jah janae kayla kena ki "
     "la lani lea leah lee leen leigh lena lene "
     "lese lette ley lia liana lie lin lina linda line lisa lise lissa liyah llah lyn lynn lynne "
     "ma mara maya mika mya myah na nae nai nay nda "
     "neisha nelle nesha nessa nette ni nia nice nie nika nique nisha niya niyah nna nya ona quita "
     "ra rae rah ray ree rell rena renda rese ri "
     "ria rian riana rica rie riel rika rina rine ris risha rissa rita ryn sa sandra se sey sha "
     "shae shay shell si sia sica sie sley ta tae tasha "
     "tavia tha ti tia tina tisha tney tonya trice trina va vana via von vonne ya yah yana yla yn "
     "yonna yra za zelle zi zia"},
    {"Romance", 14, 30,
     "A Al Ama An Ar Aure Be Ber Bri Ca Car Ce Con Da De Do E El Eu Fa Fe Fi Flo For Ga Ge Gio Gra "
     "He I Ju La Lau Le Li Lo Lu Ma Mar Me Mi Mo Na "
     "Ne No O Or Pa Pe Pi Ra Re Ri Ro Sa Se Si Ste Te Ti U Ur Va Ve Vi Yo",
     "be bri ca ce da de di do ga le li lo ma me na ne ni ra re ri ro sta te ti to va",
     "bela berta bina ca celia cela ciana cia dalia da delina dia dina donia fina gela genia gina "
     "la lana lda lena leta lia liana licia lina "
     "linda lisa lita lma londra lvia melia mena mila mina na nara nda nela neta nia nica nilda "
     "nina nora ra rcela rena ria ricia rida rina "
     "risa risol rita rosa rta sa sabel sana santa sela selda sia stela ta tana tilde tina tonia "
     "tricia tza vana vela via viana vira xandra ya "
     "za zela"},
    {"world", 24, 45,
     "A Ab Ad Ai Aj Ak Al Am An Ar As Ay Ba Bi Cha Chi Da De Di Do E Fa Fe Ga Gi Gu Ha Hi Hu I In "
     "Ja Ji Ju Ka Ke Ki Ko Kri La Le Li Lo Lu Ma Me "
     "Mi Mu Na Ne Ni No O Pa Po Pra Pri Ra Re Ri Ro Ru Sa Se Sha Shi Si So Su Ta Te Ti To U Va Ve "
     "Vi Wa Xi Ya Yo Yu Za Ze Zu",
     "ba bi da de di fa ga ha hi ja ka ki ko la li lu ma mi mo na ni nu ra ri ro sa se shi su ta "
     "ti va vi ya",
     "ah ana ani ara at aya bah bi chi da dah deep devi dha dhi dra eh esh eta fa fah fia fiya ghi "
     "gi gini ha hana hi hiko him hira ida ika ima ina "
     "indra ini ira isa ita iya ja jal jeet jot ka kana kari keya khi ki kiko ko kshi la lah lak "
     "lan lani li lia lika lima lini liya ma mah maya "
     "mi mika mina mini mira mita mla mya na nah nal nam nana nda ndi ni nia niki nika niya noor "
     "nu nya ra rah rani ri rika rin rina rini rita ru "
     "sa sha shini shma shna shri shu sika sima siya ta tha ti tika tu uko va vani vathi ya yah "
     "yako yani yo yumi zah zia zina"},
    {NULL, 0, 0, NULL, NULL, NULL},
};
